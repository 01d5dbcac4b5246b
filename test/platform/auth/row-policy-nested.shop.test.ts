import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Prisma } from '../../../src/generated/prisma/client.ts'
import { createPolicedWorld, mine, numbers } from '../support/policed.shop.ts'

type Policed = Awaited<ReturnType<typeof createPolicedWorld>>
let world: Policed['world']
let db: Policed['db']
let own: Policed['own']
beforeAll(async () => {
  ;({ world, db, own } = await createPolicedWorld())
})
afterAll(() => world.close())

describe('below a row', () => {
  const select = { name: true, products: { select: { discontinued: true, orderLines: { select: { orderId: true } } } } }

  it.each(['select', 'include'] as const)('lists have visible rows only, by %s', async (by) => {
    const categories =
      by === 'select'
        ? await db.category.findMany({ select })
        : await db.category.findMany({ include: { products: { include: { orderLines: true } } } })
    const products = categories.flatMap((category) => category.products)
    expect(products).toHaveLength(await world.client.product.count({ where: { discontinued: false } }))
    const seen = new Set(products.flatMap(({ orderLines }) => orderLines.map(({ orderId }) => orderId)))
    expect(seen.size).toBeGreaterThan(0)
    for (const id of seen) expect(own.map((order) => order.id)).toContain(id)
  })

  it('a list’s own filter and page apply too', async () => {
    const products = { where: { discontinued: true } }
    expect((await db.category.findMany({ select: { products } })).flatMap((category) => category.products)).toEqual([])
    const paged = await db.category.findMany({ select: { products: { take: 1, select: { discontinued: true } } } })
    for (const category of paged) expect(category.products).toEqual([{ discontinued: false }])
  })

  it('counts include visible rows only: all counts, named ones, filtered ones', async () => {
    const where = { name: 'Beverages' }
    const visible = await world.client.product.count({ where: { category: where, discontinued: false } })
    const total = await world.client.product.count({ where: { category: where } })
    expect(visible).toBeLessThan(total)
    const counts = [
      true as const,
      { select: { products: true } },
      { select: { products: { where: { stockOnHand: { gte: 0 } } } } },
    ]
    for (const _count of counts) {
      expect(await db.category.findUnique({ where, select: { _count } })).toEqual({ _count: { products: visible } })
      expect(await db.category.findUnique({ where, include: { _count } })).toMatchObject({
        _count: { products: visible },
      })
    }
    const hidden = { select: { products: { where: { discontinued: true } } } }
    expect(await db.category.findUnique({ where, select: { _count: hidden } })).toEqual({ _count: { products: 0 } })
  })

  it('counts leave out relations that are not selected', async () => {
    const _count = { select: { products: true } } as const
    const unasked = { select: { orders: false, addresses: true } }
    expect(await db.category.findFirst({ select: { name: false, _count } })).toEqual({
      _count: { products: expect.any(Number) },
    })
    const customer = await db.customer.findFirst({ select: { _count: unasked } })
    expect(customer).toEqual({ _count: { addresses: expect.any(Number) } })
  })

  it('counts of a nested list include visible rows only', async () => {
    const nested = { select: { _count: { select: { orderLines: true } } } } as const
    const categories = await db.category.findMany({ select: { products: nested } })
    const counted = categories.flatMap(({ products }) => products.map(({ _count }) => _count.orderLines))
    const where = { order: { customerId: mine }, product: { discontinued: false } }
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(await world.client.orderLine.count({ where }))
  })
})

describe('a list whose policy asks for the row above it', () => {
  const lines = { select: { quantity: true } }
  const conditionsOn = async (column: string, read: () => Promise<unknown>) => {
    const [statement] = await world.statementsOf(read)
    return statement?.sql.match(new RegExp(`"${column}" = `, 'g'))?.length
  }

  it('does not ask for it again', async () => {
    const read = async () =>
      expect(await db.order.findMany({ select: { number: true, lines } })).toHaveLength(own.length)
    expect(await conditionsOn('cust_uid', read)).toBe(1)
  })

  it('asks for it below any other row', async () => {
    const read = () => db.product.findMany({ select: { orderLines: lines } })
    expect(await conditionsOn('cust_uid', read)).toBe(1)
  })
})

describe('a model without visible rows', () => {
  it('has no rows for any read', async () => {
    const { id } = await world.client.supplier.findFirstOrThrow()
    expect(await db.supplier.findUnique({ where: { id } })).toBeNull()
    expect(await db.supplier.findFirst()).toBeNull()
    expect(await db.supplier.count()).toBe(0)
    expect(await db.supplier.groupBy({ by: ['country'] })).toEqual([])
    const all: { where?: Prisma.SupplierWhereInput }[] = [
      {},
      { where: {} },
      { where: { OR: [{ id }, { NOT: { id } }] } },
      { where: { AND: [{ id }] } },
    ]
    for (const args of all) {
      expect(await db.supplier.findMany(args)).toEqual([])
      expect(await db.supplier.count(args)).toBe(0)
      expect(await db.supplier.aggregate({ ...args, _count: true })).toEqual({ _count: 0 })
    }
  })

  it('is empty below the rows of other models', async () => {
    const select = { shipments: true, payments: { include: { order: false } }, _count: true }
    const orders = await db.order.findMany({ select })
    expect(orders).toHaveLength(own.length)
    for (const { shipments, payments, _count } of orders) {
      expect({ shipments, payments }).toEqual({ shipments: [], payments: [] })
      const { lines, ...others } = _count
      expect(lines).toBeGreaterThan(0)
      expect(new Set(Object.values(others))).toEqual(new Set([0]))
    }
  })
})

describe('a step to one row', () => {
  it.each([
    ['whose model has a condition', () => db.orderLine.findMany({ select: { product: true } })],
    ['of whose model nothing is seen', () => db.product.findMany({ include: { supplier: true } })],
    ['that may be absent', () => db.order.findMany({ select: { invoice: { select: { id: true } } } })],
    ['below a list', () => db.order.findMany({ select: { lines: { include: { product: true } } } })],
    ['below an implied step', () => db.orderLine.findMany({ select: { order: { select: { invoice: true } } } })],
    ['from one row', () => db.product.findFirst({ select: { supplier: { select: { id: true } } } })],
  ])('%s is refused', async (_what, call) => {
    const statements = await world.statementsOf(() => expect(call()).rejects.toThrow('this viewer does not see whole'))
    expect(statements).toEqual([])
  })

  it('that this row implies is allowed, and policed below', async () => {
    const customer = {
      select: { id: true, orders: { select: { number: true } }, _count: { select: { orders: true } } },
    }
    const lines = await db.orderLine.findMany({ select: { order: { select: { customer } } } })
    expect(lines.length).toBeGreaterThan(0)
    for (const { order } of lines) {
      expect(order.customer.id).toBe(mine)
      expect(numbers(order.customer.orders)).toEqual(numbers(own))
      expect(order.customer._count).toEqual({ orders: own.length })
    }
  })

  it('to a model that is wholly visible is allowed', async () => {
    const orders = await db.order.findMany({ include: { carrier: true } })
    expect(orders.filter(({ carrier }) => carrier !== null)).toHaveLength(own.length)
    const products = await db.product.findMany({ select: { category: { select: { products: true } } } })
    for (const { category } of products) {
      expect(category.products.filter(({ discontinued }) => discontinued)).toEqual([])
    }
  })

  it('that is not selected is no step', async () => {
    expect(await db.product.findFirst({ select: { name: true, supplier: false } })).toEqual({
      name: expect.any(String),
    })
  })
})
