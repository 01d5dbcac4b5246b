import type { PolicedClient } from '../../src/platform/auth/row-policy.ts'
import { isModel, propertyOf } from '../../src/platform/database/data-model.ts'
import type { ReadSource } from '../../src/platform/database/read-pool.ts'
import type { GroupedRead } from '../../src/platform/database/reads/grouped-read.ts'
import type { EndpointParts } from '../../src/platform/execution/endpoint.ts'
import { builder } from '../../src/platform/graphql/builder.ts'
import { declareCosts } from '../../src/platform/limits/cost-directives.ts'

type Parts = Partial<EndpointParts>

/** The schema without graphql-shield. */
const withoutShield = (): Parts => ({ schema: declareCosts(builder.toSchema()) })
const withoutRowPolicy = (): Parts => ({ readsFor: unpoliced })

/** The variants of the server: its own parts, with some replaced. The others are compared with the first. */
export const variants: Record<string, () => Parts> = {
  'rules off': () => ({ ...withoutShield(), ...withoutRowPolicy() }),
  'row policy only': withoutShield,
  'rules only': withoutRowPolicy,
  'as it is': () => ({}),
  // The same server twice: their difference is the error of the measurement.
  'as it is, again': () => ({}),
}

/** Prepared reads like the policed client's, without a policy. */
function unpoliced({ client, prepared, reports }: Pick<ReadSource, 'client' | 'prepared' | 'reports'>): PolicedClient {
  const delegates = new Map<string, object>()
  const groups = {
    $groups: (read: GroupedRead) => prepared.groups(read),
    $report: (read: GroupedRead) => reports.groups(read),
  }
  return new Proxy(Object.assign(Object.create(client), groups), {
    get: (_client, name: string) => {
      if (Object.hasOwn(groups, name)) return Reflect.get(groups, name)
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
