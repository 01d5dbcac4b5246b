import { commerce } from './commerce/index.ts'
import { builder } from './platform/graphql/builder.ts'
import { guardSchema } from './platform/graphql/shield.ts'
import './platform/audit/audit-event.ts'
import { declareCosts } from './platform/limits/cost-directives.ts'

// The joint of the two rooms: to serve another domain, import it here in the place of commerce.
export const domain = commerce

/** The executable schema, with what each field costs, and every rule in its place. */
export const schema = guardSchema(declareCosts(builder.toSchema()), domain.sensitivities)
