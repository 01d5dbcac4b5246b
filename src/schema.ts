import type { GraphQLSchema } from 'graphql'
import { commerce } from './commerce/index.ts'
import './platform/audit/audit-event.ts'
import { recordReads } from './platform/audit/record-reads.ts'
import { builder } from './platform/graphql/builder.ts'
import { selectKeysOnDemand } from './platform/graphql/row-keys.ts'
import { guardSchema } from './platform/graphql/shield.ts'
import { subGraphsOf } from './platform/graphql/sub-graph.ts'
import { declareCosts } from './platform/limits/cost-directives.ts'

// The joint of platform and domain: to serve another domain, import it here in the place of commerce.
export const domain = commerce

const whole = selectKeysOnDemand(builder.toSchema())
const parts = subGraphsOf(whole, Object.keys(domain.audiences ?? {}))

/** The executable schema: with the cost of each field, reads of tagged fields recorded, and every field behind its rule. */
export const schema = executable(whole)

/** The same of each audience: the part of the schema that its endpoint serves. */
export const audienceSchemas: ReadonlyMap<string, GraphQLSchema> = new Map(
  [...parts].map(([audience, part]) => [audience, executable(part)]),
)

function executable(declared: GraphQLSchema): GraphQLSchema {
  return guardSchema(recordReads(declareCosts(declared)), domain.sensitivities)
}
