import type { PolicedClient } from '../../src/platform/auth/row-policy.ts'
import type { Database } from '../../src/platform/database/client.ts'
import { isModel, propertyOf } from '../../src/platform/database/data-model.ts'
import type { EndpointParts } from '../../src/platform/execution/endpoint.ts'
import { builder } from '../../src/platform/graphql/builder.ts'
import { declareCosts } from '../../src/platform/limits/cost-directives.ts'

type Parts = Partial<EndpointParts>

/** The schema as the fields make it, before graphql-shield is put around those that have a rule. */
const withoutShield = (): Parts => ({ schema: declareCosts(builder.toSchema()) })
const withoutRowPolicy = (): Parts => ({ readsFor: unpoliced })

/** What the server is measured as: its own parts, with some replaced. The first is what the others are compared to. */
export const variants: Record<string, () => Parts> = {
  'rules off': () => ({ ...withoutShield(), ...withoutRowPolicy() }),
  'row policy only': withoutShield,
  'rules only': withoutRowPolicy,
  'as it is': () => ({}),
  // The same server twice: what they differ by is what the measurement is worth.
  'as it is, again': () => ({}),
}

/** Reads prepared like the policed client's, and adds nothing to what is asked for. */
function unpoliced({ client, prepared }: Database): PolicedClient {
  const delegates = new Map<string, object>()
  return new Proxy(client, {
    get: (_client, name: string) => {
      const model = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
      if (!isModel(model)) return undefined
      const delegate: object = client[propertyOf(model)]
      const reads = delegates.get(name) ?? {
        ...delegate,
        findMany: (args: object) => prepared.rows(model, 'findMany', args) ?? Reflect.get(delegate, 'findMany')(args),
      }
      delegates.set(name, reads)
      return reads
    },
  })
}
