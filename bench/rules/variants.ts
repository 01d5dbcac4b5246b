import { builder } from '../../src/platform/builder.ts'
import type { GraphQLServerParts } from '../../src/platform/graphql-server.ts'
import { declareCosts } from '../../src/platform/limits/cost-directives.ts'

type Parts = Partial<GraphQLServerParts>

/** The schema as the fields make it, before graphql-shield is put around those that have a rule. */
const withoutShield = (): Parts => ({ schema: declareCosts(builder.toSchema()) })
const withoutRowPolicy = (): Parts => ({ readsFor: ({ client }) => client })

/** What the server is measured as: its own parts, with some replaced. The first is what the others are compared to. */
export const variants: Record<string, () => Parts> = {
  'rules off': () => ({ ...withoutShield(), ...withoutRowPolicy() }),
  'row policy only': withoutShield,
  'rules only': withoutRowPolicy,
  'as it is': () => ({}),
  // The same server twice: what they differ by is what the measurement is worth.
  'as it is, again': () => ({}),
}
