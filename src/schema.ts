import type { GraphQLSchema } from 'graphql'
import { commerce } from './commerce/index.ts'
import './platform/audit/audit-event.ts'
import { recordReads } from './platform/audit/record-reads.ts'
import { federatedSchema } from './platform/federation/federated-schema.ts'
import { builder } from './platform/graphql/builder.ts'
import { nameAskingFields } from './platform/graphql/name-asking-fields.ts'
import { selectKeysOnDemand } from './platform/graphql/row-keys.ts'
import { guardSchema } from './platform/graphql/shield.ts'
import { subGraphsOf } from './platform/graphql/sub-graph.ts'
import { declareCosts } from './platform/limits/cost-directives.ts'

// The joint of platform and domain: to serve another domain, import it here in the place of commerce.
export const domain = commerce

const whole = declaredSchema()
const parts = subGraphsOf(whole, Object.keys(domain.audiences ?? {}))

/** The executable schema: with the cost of each field, reads of tagged fields recorded, and every field behind its rule. */
export const schema = executable(whole)

/** The same of each audience: the part of the schema that its endpoint serves. */
export const audienceSchemas: ReadonlyMap<string, GraphQLSchema> = new Map(
  [...parts].map(([audience, part]) => [audience, executable(part)]),
)

/** The whole schema as a subgraph, for `FEDERATION=true`. */
export function subgraphSchema(): GraphQLSchema {
  // Of its own types: `executable` writes into the types that it gets.
  return executable(federatedSchema(declaredSchema()))
}

function declaredSchema(): GraphQLSchema {
  return selectKeysOnDemand(builder.toSchema())
}

function executable(declared: GraphQLSchema): GraphQLSchema {
  return guardSchema(nameAskingFields(recordReads(declareCosts(declared))), domain.sensitivities)
}
