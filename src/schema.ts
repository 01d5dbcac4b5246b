import { commerce } from './commerce/index.ts'
import './platform/audit/audit-event.ts'
import { recordReads } from './platform/audit/record-reads.ts'
import { builder } from './platform/graphql/builder.ts'
import { selectKeysOnDemand } from './platform/graphql/row-keys.ts'
import { guardSchema } from './platform/graphql/shield.ts'
import { declareCosts } from './platform/limits/cost-directives.ts'

// The joint of platform and domain: to serve another domain, import it here in the place of commerce.
export const domain = commerce

/** The executable schema: with the cost of each field, reads of tagged fields recorded, and every field behind its rule. */
export const schema = guardSchema(
  recordReads(declareCosts(selectKeysOnDemand(builder.toSchema()))),
  domain.sensitivities,
)
