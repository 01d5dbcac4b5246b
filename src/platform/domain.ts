import type { Identities } from './auth/identity.ts'
import type { RowPolicies } from './auth/row-policy.ts'
import type { DomainPrivileges } from './database/privileges.ts'
import type { Capture } from './events/capture.ts'
import type { EventPolicy } from './events/event-policy.ts'
import type { Topic } from './events/topic.ts'
import type { Sensitivities } from './privacy/sensitivity.ts'

export interface ExampleOperation {
  query: string
  /** As JSON. */
  variables?: string
}

/** A built web application of the domain. The server serves its files below a path of their own. */
export interface Site {
  /** `/name`, without a slash at the end. */
  path: string
  name: string
  /** One sentence that says what it is. */
  about: string
  /** The folder with `index.html` and the files it loads. */
  folder: string
  /** The command that builds it. */
  buildWith: string
}

/** What the platform needs to know of the domain it serves. Types, fields and mutations are added to the builder. */
export interface Domain extends Identities {
  rowPolicies: RowPolicies
  /** What the server role may do with each table of the domain. */
  privileges: DomainPrivileges
  /** The rule that each sensitivity tag brings. */
  sensitivities: Sensitivities
  /** Which writes in plain SQL become events. */
  captures: readonly Capture[]
  /** Everything that can happen, for the feed of events. */
  topics: readonly Topic[]
  /** Who sees which of these events: the row policy of stored events too. */
  eventPolicy: EventPolicy
  /** Operations that GraphiQL opens with. */
  exampleOperations: readonly ExampleOperation[]
  site?: Site
}
