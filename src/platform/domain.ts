import type { Claims } from './auth/authenticate.ts'
import type { RowPolicies } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { Sensitivities } from './privacy/sensitivity.ts'

/** What the platform asks of the domain it serves. The types, fields and verbs come through the builder. */
export interface Domain {
  /** The viewer a verified token speaks for; undefined where the claims make none. */
  toViewer: (claims: Claims) => Viewer | undefined
  rowPolicies: RowPolicies
  /** Who reads what is tagged as sensitive, by the tag. */
  sensitivities: Sensitivities
  /** Operations GraphiQL opens with. */
  exampleOperations: readonly { title: string; query: string }[]
}
