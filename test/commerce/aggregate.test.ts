import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { amount, money } from './support/report.ts'
import { walk } from './support/walk.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.client.order.updateMany({ where: { number: { in: [10_248, 10_643] } }, data: { currency: 'EUR' } })
})
afterAll(() => world.close())

const values = z.object({ total: z.array(money), freight: z.array(money) })
const extremes = values.extend({ placedAt: z.string().nullable() })
const aggregate = z.object({ count: z.int(), sum: values, min: extremes, max: extremes })
type Aggregate = z.infer<typeof aggregate>
const amounts = `total ${amount} freight ${amount}`
const select = `aggregate { count sum { ${amounts} } min { ${amounts} placedAt } max { ${amounts} placedAt } }`

const order = z.object({ placedAt: z.string(), total: money, freight: money })
type Order = z.infer<typeof order>
const orderFields = `placedAt ${amounts}`

/** The figures of these orders, computed from what the list shows. */
function figuresOf(orders: readonly Order[]): Aggregate {
  const groups = [...Map.groupBy(orders, ({ total }) => total.currency)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const perCurrency = (combine: (some: bigint[]) => bigint) => {
    const of = (name: 'total' | 'freight') =>
      groups.map(([currency, some]) => ({ amount: combine(some.map((each) => each[name].amount)), currency }))
    return { total: of('total'), freight: of('freight') }
  }
  const moments = orders.map(({ placedAt }) => placedAt).toSorted()
  const sorted = (some: bigint[]) => some.toSorted((a, b) => Number(a - b))
  const least = (some: bigint[]) => sorted(some)[0] ?? 0n
  const most = (some: bigint[]) => sorted(some).at(-1) ?? 0n
  return {
    count: orders.length,
    sum: perCurrency((some) => some.reduce((a, b) => a + b, 0n)),
    min: { ...perCurrency(least), placedAt: moments[0] ?? null },
    max: { ...perCurrency(most), placedAt: moments.at(-1) ?? null },
  }
}

/** The response on the general route, and then on the fast path. */
async function onBothRoutes(viewer: string, query: string) {
  const compiled = () => world.logLines.filter((line) => line.includes('"compiled":true')).length
  const answers = [await world.as(viewer).query(query), await world.as(viewer).query(query)]
  const before = compiled()
  answers.push(await world.as(viewer).query(query))
  expect(compiled(), 'this takes the fast path').toBe(before + 1)
  const [general] = answers
  expect(answers.map(({ data }) => data)).toEqual(answers.map(() => general?.data))
  return general ?? { data: undefined }
}

describe('an aggregate', () => {
  it.each([
    ['admin', ''],
    ['admin', 'filter: { shipToCountry: "DE" }'],
    ['admin', 'filter: { unshipped: true }'],
    ['admin', 'filter: { shipToCountry: "JP" }'],
    ['admin', 'filter: { total: { currency: "EUR", min: "1" } }'],
    ['customer ALFKI', ''],
    ['customer BONAP', 'filter: { shipToCountry: "DE" }'],
  ])('of orders, for %s with %s, is that of the orders listed', async (viewer, filter) => {
    const orders = await walk(world.as(viewer), { field: 'orders', args: filter, select: orderFields, node: order })
    const given = filter === '' ? '' : `(${filter})`
    const answered = await onBothRoutes(viewer, `{ orders${given} { ${select} } }`)
    const found = dataOf(answered, z.object({ orders: z.object({ aggregate }) })).orders.aggregate
    expect(found).toEqual(figuresOf(orders))
    if (filter === '' && viewer === 'admin')
      expect(found.sum.total.map(({ currency }) => currency)).toEqual(['EUR', 'USD'])
  })

  it('below each row of a page is that of its own list, with its filter', async () => {
    for (const args of ['', '(filter: { placed: { from: "1998-01-01T00:00:00Z" } })']) {
      const customers = await walk(world.as('admin'), {
        field: 'customers',
        select: `orders${args.replace(')', ', first: 100)') || '(first: 100)'} { edges { node { ${orderFields} } } }`,
        node: z.object({ orders: z.object({ edges: z.array(z.object({ node: order })) }) }),
        first: 5,
      })
      const query = `{ customers(first: 91) { edges { node { orders${args} { ${select} } } } } }`
      const shape = z.object({
        customers: z.object({ edges: z.array(z.object({ node: z.object({ orders: z.object({ aggregate }) }) })) }),
      })
      const { edges } = dataOf(await onBothRoutes('admin', query), shape).customers
      const expected = customers.map(({ orders }) => figuresOf(orders.edges.map(({ node }) => node)))
      expect(edges.map(({ node }) => node.orders.aggregate)).toEqual(expected)
      // FISSA and PARIS ordered nothing.
      expect(expected.filter(({ count }) => count === 0).length).toBeGreaterThan(1)
    }
  })

  it('shows a customer their own orders only, below themselves', async () => {
    const answered = await onBothRoutes(
      'customer ALFKI',
      '{ customers { edges { node { orders { aggregate { count } } } } } }',
    )
    expect(answered.data).toEqual({ customers: { edges: [{ node: { orders: { aggregate: { count: 6 } } } }] } })
  })

  it('of prices has no sum, and of a ledger has the stock', async () => {
    const price = `min { unitPrice ${amount} } max { unitPrice ${amount} }`
    const query = `{ products(sort: { field: SKU }, first: 3) { aggregate { count ${price} }
      edges { node { stock { onHand } stockMovements { aggregate { sum { quantity } min { occurredAt quantity } } } } } } }`
    const movements = z.object({
      aggregate: z.object({
        sum: z.object({ quantity: z.int().nullable() }),
        min: z.object({ occurredAt: z.string().nullable(), quantity: z.int().nullable() }),
      }),
    })
    const prices = z.object({ unitPrice: z.array(money) })
    const node = z.object({ stock: z.object({ onHand: z.int() }), stockMovements: movements })
    const shape = z.object({
      products: z.object({
        aggregate: z.object({ count: z.int(), min: prices, max: prices }),
        edges: z.array(z.object({ node })),
      }),
    })
    const { products } = dataOf(await onBothRoutes('admin', query), shape)
    expect(products.aggregate).toEqual({
      count: 77,
      min: { unitPrice: [{ amount: 250n, currency: 'USD' }] },
      max: { unitPrice: [{ amount: 26_350n, currency: 'USD' }] },
    })
    for (const { node } of products.edges) {
      expect(node.stockMovements.aggregate.sum.quantity).toBe(node.stock.onHand)
      expect(node.stockMovements.aggregate.min.occurredAt).toMatch(/^\d{4}-/)
    }
  })

  it('is one statement for a whole page, and none unless it is asked for', async () => {
    const statements = async (query: string) => {
      await onBothRoutes('admin', query)
      return (await world.statementsOf(() => world.as('admin').query(query))).map(({ sql }) => sql)
    }
    expect(await statements('{ orders(first: 2) { edges { node { number } } } }')).toHaveLength(1)
    expect(await statements('{ orders(first: 2) { edges { node { number } } aggregate { count } } }')).toHaveLength(2)
    const [alone, ...others] = await statements('{ orders { aggregate { count max { placedAt } } } }')
    expect(others).toEqual([])
    // Only what is asked for is computed.
    expect(alone?.match(/max\(/g)).toHaveLength(1)
    expect(alone).not.toMatch(/sum\(|min\(/)
    const page =
      '{ customers(first: 50) { edges { node { name orders(first: 1) { aggregate { count } edges { node { number } } } } } } }'
    expect(await statements(page)).toHaveLength(2)
  })

  it('differs by alias, filter and selection', async () => {
    const query = `{ de: orders(filter: { shipToCountry: "DE" }) { a: aggregate { count } b: aggregate { n: count sum { total { currency } } } }
      fr: orders(filter: { shipToCountry: "FR" }) { aggregate { count } } }`
    const answered = await onBothRoutes('support', query)
    expect(answered.data).toEqual({
      de: { a: { count: 122 }, b: { n: 122, sum: { total: [{ currency: 'EUR' }, { currency: 'USD' }] } } },
      fr: { aggregate: { count: 77 } },
    })
  })

  it('is denied with its list', async () => {
    const { data, errors } = await world.as('anonymous').query('{ orders { aggregate { count } } }')
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([{ orders: null }, ['UNAUTHENTICATED']])
  })

  it('costs what a count costs', async () => {
    const { extensions } = await world
      .as('admin')
      .query('{ orders { aggregate { count sum { freight { amount } } } } }')
    expect(extensions?.cost).toMatchObject({ requested: 6, actual: 6 })
  })
})
