import type { Claims } from './auth/authenticate.ts'
import type { RowPolicies } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { DomainPrivileges } from './database/privileges.ts'

/** What the platform asks of the domain it serves. The types, fields and verbs come through the builder. */
export interface Domain {
  /** The viewer a verified token speaks for; undefined where the claims make none. */
  toViewer: (claims: Claims) => Viewer | undefined
  rowPolicies: RowPolicies
  /** What the server's database role may do with each table of the domain. */
  privileges: DomainPrivileges
  /** Operations GraphiQL opens with. */
  exampleOperations: readonly { title: string; query: string }[]
}
