import type { Identity } from './auth/identity.ts'
import type { RowPolicies } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { DomainPrivileges } from './database/privileges.ts'
import type { Sensitivities } from './privacy/sensitivity.ts'

export interface ExampleOperation {
  query: string
  /** As JSON. */
  variables?: string
}

/** A built web application of the domain, which the server hands out as files below a path of its own. */
export interface Site {
  /** `/name`, without a slash at the end. */
  path: string
  name: string
  /** What it is, in one sentence. */
  about: string
  /** Where the build puts `index.html` and the files it loads. */
  folder: string
  /** The command that builds it. */
  buildWith: string
}

/** What the platform asks of the domain it serves. The types, fields and mutations come through the builder. */
export interface Domain {
  /** Every scope there is, with a sentence on what it allows; no other is ever given to a viewer. */
  scopes: Readonly<Record<string, string>>
  /** The viewer a verified token speaks for; undefined where it is nobody the domain knows. */
  toViewer: (identity: Identity) => Viewer | undefined
  rowPolicies: RowPolicies
  /** What the server's database role may do with each table of the domain. */
  privileges: DomainPrivileges
  /** Who reads what is tagged as sensitive, by the tag. */
  sensitivities: Sensitivities
  /** Operations GraphiQL opens with. */
  exampleOperations: readonly ExampleOperation[]
  site?: Site
}
