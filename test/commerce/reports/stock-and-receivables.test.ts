import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asClaims } from '../../platform/support/as-claims.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { amount, money, readReport } from '../support/report.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const staffWith = (scope: string) => asClaims(world, { sub: 'staff-somebody', kind: 'staff', scope })
const named = z.object({ name: z.string() })

describe('stockReport', () => {
  const figures = {
    products: z.int(),
    available: z.int(),
    onHand: z.int(),
    reserved: z.int(),
    toReorder: z.int(),
    value: money,
  }
  const measures = 'measures: [PRODUCTS, AVAILABLE, ON_HAND, RESERVED, TO_REORDER, VALUE]'
  const select = `products available onHand reserved toReorder value ${amount}`

  it.each([
    ['CATEGORY', 'category'],
    ['SUPPLIER', 'supplier'],
  ] as const)('by %s has the figures of its products, and so have the totals', async (word, field) => {
    const products = await world.client.product.findMany({ include: { category: true, supplier: true } })
    const figuresOf = (some: typeof products) => ({
      products: some.length,
      available: some.reduce((sum, { stockOnHand, stockReserved }) => sum + stockOnHand - stockReserved, 0),
      onHand: some.reduce((sum, { stockOnHand }) => sum + stockOnHand, 0),
      reserved: some.reduce((sum, { stockReserved }) => sum + stockReserved, 0),
      toReorder: some.filter((each) => each.stockOnHand - each.stockReserved < each.reorderLevel).length,
      value: {
        amount: some.reduce((sum, each) => sum + BigInt(each.stockOnHand) * each.unitPriceMinor, 0n),
        currency: 'USD',
      },
    })
    const { rows, totals } = await readReport(world.as('analyst'), 'stockReport', {
      args: `by: [${word}], ${measures}`,
      select: `group: ${field} { name } ${select}`,
      row: z.object({ group: named.nullable(), ...figures }),
    })
    const expected = [...Map.groupBy(products, (product) => product[field].name)]
      .map(([name, some]) => ({ group: { name }, ...figuresOf(some) }))
      .toSorted((a, b) => (a.group.name < b.group.name ? -1 : 1))
    expect(rows.toSorted((a, b) => ((a.group?.name ?? '') < (b.group?.name ?? '') ? -1 : 1))).toEqual(expected)
    expect(totals).toEqual([{ group: null, ...figuresOf(products) }])
  })

  it('refuses the measures of the stock without stock:read, and the report without reports:read', async () => {
    const query = (measure: string) => `{ stockReport(measures: [${measure}]) { rows { available } } }`
    const refused = await Promise.all(
      ['ON_HAND', 'RESERVED', 'TO_REORDER', 'VALUE'].map(async (measure) =>
        codesOf(await staffWith('reports:read').query(query(measure))),
      ),
    )
    expect(refused).toEqual(Array(4).fill(['FORBIDDEN']))
    expect((await staffWith('reports:read').query(query('AVAILABLE'))).errors).toBeUndefined()
    expect(codesOf(await staffWith('stock:read').query(query('AVAILABLE')))).toEqual(['FORBIDDEN'])
  })
})

describe('receivablesReport', () => {
  const figures = { orders: z.int(), owed: money, paid: money, open: money }
  const measures = 'measures: [ORDERS, OWED, PAID, OPEN]'
  const select = `orders owed ${amount} paid ${amount} open ${amount}`
  const days = z.object({ firstDay: z.int(), lastDay: z.int().nullable() })

  it('has what is open of each order that is neither paid in full nor cancelled, by age', async () => {
    await using other = await createWorld()
    const unpaid = await other.client.order.findMany({ where: { paidMinor: 0 }, orderBy: { number: 'asc' } })
    expect(unpaid).toHaveLength(21)
    const [cancelled, partly, late] = unpaid
    await other.client.order.update({ where: { id: cancelled?.id ?? '' }, data: { status: 'CANCELLED' } })
    await other.client.order.update({ where: { id: partly?.id ?? '' }, data: { paidMinor: 1000 } })
    const old = new Date('1998-01-01T12:00:00Z')
    await other.client.order.update({ where: { id: late?.id ?? '' }, data: { placedAt: old } })
    const at = '1998-05-31T12:00:00Z'
    const open = await other.client.order.findMany({
      where: { id: { in: unpaid.map(({ id }) => id) }, status: { not: 'CANCELLED' } },
    })
    const dayOf = (moment: Date | string) => Math.floor(new Date(moment).getTime() / 86_400_000)
    const rangeOf = (placedAt: Date) => {
      const age = dayOf(at) - dayOf(placedAt)
      return [0, 31, 61, 91].findLast((first) => age >= first) ?? 0
    }
    const sum = (some: typeof open, of: (order: (typeof open)[number]) => bigint) => ({
      amount: some.reduce((all, order) => all + of(order), 0n),
      currency: 'USD',
    })
    const figuresOf = (some: typeof open) => ({
      orders: some.length,
      owed: sum(some, ({ totalMinor, freightMinor }) => totalMinor + freightMinor),
      paid: sum(some, ({ paidMinor }) => paidMinor),
      open: sum(some, ({ totalMinor, freightMinor, paidMinor }) => totalMinor + freightMinor - paidMinor),
    })
    const { rows, totals } = await readReport(other.as('analyst'), 'receivablesReport', {
      args: `by: [AGE], ${measures}, at: "${at}"`,
      select: `age { firstDay lastDay } ${select}`,
      row: z.object({ age: days.nullable(), ...figures }),
    })
    const groups = Map.groupBy(open, ({ placedAt }) => rangeOf(placedAt))
    const expected = [...groups].toSorted(([a], [b]) => a - b)
    const last: Record<number, number> = { 0: 30, 31: 60, 61: 90 }
    expect(rows).toEqual(
      expected.map(([firstDay, some]) => ({ age: { firstDay, lastDay: last[firstDay] ?? null }, ...figuresOf(some) })),
    )
    expect(rows.map(({ age }) => age?.firstDay)).toEqual([0, 31, 91])
    expect(totals).toEqual([{ age: null, ...figuresOf(open) }])
    expect(totals[0]?.orders).toBe(20)
  })

  it('counts days in the time zone, up to the last day of a range', async () => {
    await using other = await createWorld()
    await other.client.order.update({ where: { number: 11_077 }, data: { placedAt: new Date('1998-05-01T21:30:00Z') } })
    const ageAt = async (at: string, timeZone: string) => {
      const { rows } = await readReport(other.as('analyst'), 'receivablesReport', {
        args: `by: [AGE], measures: [ORDERS], at: "${at}", timeZone: "${timeZone}",
          filter: { placed: { from: "1998-05-01T21:30:00Z", until: "1998-05-01T21:30:01Z" } }`,
        select: 'age { firstDay lastDay }',
        row: z.object({ age: days.nullable() }),
      })
      return rows.map(({ age }) => age?.firstDay)
    }
    // The first of May in UTC, the second in Moscow.
    expect(await ageAt('1998-05-31T12:00:00Z', 'UTC')).toEqual([0])
    expect(await ageAt('1998-06-01T12:00:00Z', 'UTC')).toEqual([31])
    expect(await ageAt('1998-06-01T12:00:00Z', 'Europe/Moscow')).toEqual([0])
    // An order of tomorrow is not older than one of today.
    expect(await ageAt('1998-04-01T12:00:00Z', 'UTC')).toEqual([0])
  })

  it('is empty without orders:read, and does not tell of customers without customers:read', async () => {
    const query = (by: string) =>
      `{ receivablesReport(by: [${by}], measures: [ORDERS]) { rows { orders } totals { orders } } }`
    expect((await staffWith('reports:read').query(query('AGE'))).data).toEqual({
      receivablesReport: { rows: [], totals: [] },
    })
    const some = staffWith('reports:read orders:read')
    expect((await some.query(query('AGE'))).data).toEqual({
      receivablesReport: { rows: [{ orders: 21 }], totals: [{ orders: 21 }] },
    })
    for (const by of ['CUSTOMER', 'COUNTRY']) expect(codesOf(await some.query(query(by)))).toEqual(['FORBIDDEN'])
  })
})
