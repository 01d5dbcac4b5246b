import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { policedClient, type RowPolicies } from '../../../src/platform/auth/row-policy.ts'
import { anonymous } from '../../../src/platform/auth/viewer.ts'
import type { GroupedRead } from '../../../src/platform/database/reads/grouped-read.ts'
import { constant, minus, plus, rounded, rowsOf, times } from '../../../src/platform/reports/vocabulary.ts'
import { domain } from '../../../src/schema.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const everything: GroupedRead = {
  model: 'Order',
  where: {},
  groups: [{ kind: 'value', path: 'shipToCountry' }],
  measures: [{ kind: 'count' }],
  sort: [{ group: 0 }],
}
const clientWith = (policies: RowPolicies) =>
  policedClient(world.database.client, { ...domain.rowPolicies, ...policies }, anonymous, {
    readAt: (read) => read(world.database.primary),
  })
const customerId = demoId('customer', 'ALFKI')
const all = { rows: () => 'all' as const }

describe('groups of rows', () => {
  it.each(['$groups', '$report'] as const)('are those of the row policy alone, with %s', async (read) => {
    const countries = async (policies: RowPolicies, where = {}) => {
      const { rows } = await clientWith(policies)[read]({ ...everything, where })
      return rows.map(({ groups: [country], measures: [count] }) => [country, count])
    }
    expect(await countries({ Order: all })).toHaveLength(21)
    const own = { rows: () => ({ customerId }) }
    expect(await countries({ Order: own })).toEqual([['DE', 6]])
    expect(await countries({ Order: own }, { shipToCountry: 'FR' })).toEqual([])
    // A filter cannot widen the policy.
    expect(await countries({ Order: own }, { OR: [{ shipToCountry: 'FR' }, { customerId }] })).toEqual([['DE', 6]])
    expect(await countries({ Order: { rows: () => 'none' } })).toEqual([])
    expect(await countries({})).toEqual([])
  })

  it('do not lead over rows that the viewer does not see, in groups, measures and conditions alike', async () => {
    const path = 'customer.country'
    const hidden: RowPolicies = { Order: all, Customer: { rows: () => ({ id: customerId }) } }
    const reads: Partial<GroupedRead>[] = [
      { groups: [{ kind: 'value', path }] },
      { measures: [{ kind: 'min', path }] },
      { measures: [{ kind: 'distinct', path }] },
      { measures: [{ kind: 'sum', of: rounded({ kind: 'field', path: 'customer.version' }) }] },
      { above: { kind: 'field', path: 'customer.version' } },
    ]
    for (const read of reads) {
      const reading = clientWith(hidden).$groups({ ...everything, ...read })
      await expect(reading).rejects.toThrow('row policy: Order.customer leads to Customer')
    }
    const implied = clientWith({ ...hidden, Order: { ...all, implies: ['customer'] } })
    expect((await implied.$groups({ ...everything, groups: [{ kind: 'value', path }] })).rows).toHaveLength(21)
  })

  it('are computed exactly: no float, no overflow, half rounded away from zero', async () => {
    const line = rowsOf('OrderLine')
    const one = { model: 'OrderLine' as const, where: { order: { number: 10_248 }, position: 1 }, groups: [], sort: [] }
    const big = times(constant('9007199254740993'), constant('9007199254740993'))
    const measures = [
      big,
      constant('0.5'),
      constant('-0.5'),
      rounded(constant('2.5')),
      minus(constant('0.3'), plus(constant('0.1'), constant('0.2'))),
      times(times(constant('1000000000000000000000'), constant('1.0001')), constant('10000')),
      times(line.number('quantity'), line.number('unitPriceMinor')),
    ].map((of) => ({ kind: 'sum' as const, of }))
    const { rows } = await clientWith({ OrderLine: all, Order: all }).$groups({ ...one, measures })
    expect(rows[0]?.measures).toEqual([
      9_007_199_254_740_993n ** 2n,
      1n,
      -1n,
      3n,
      0n,
      10001000000000000000000000n,
      16_800n,
    ])
  })

  it('refuse what is no number, no path and no policed read', async () => {
    const client = clientWith({ Order: all })
    const sumOf = (value: string) => ({ ...everything, measures: [{ kind: 'sum' as const, of: constant(value) }] })
    await expect(client.$groups(sumOf('1; drop table'))).rejects.toThrow()
    await expect(client.$groups({ ...everything, groups: [{ kind: 'value', path: 'nothing' }] })).rejects.toThrow()
    await expect(
      client.$groups({ ...everything, groups: [{ kind: 'value', path: 'lines.quantity' }] }),
    ).rejects.toThrow()
    const without = policedClient(world.database.client, domain.rowPolicies, anonymous)
    await expect(without.$report(everything)).rejects.toThrow('this client reads no groups')
  })
})
