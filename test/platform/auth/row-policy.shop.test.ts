import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import type { Prisma } from '../../../src/generated/prisma/client.ts'
import { createPolicedWorld, mine, numbers } from '../support/policed.shop.ts'

type Policed = Awaited<ReturnType<typeof createPolicedWorld>>
let world: Policed['world']
let db: Policed['db']
let own: Policed['own']
let foreign: string
beforeAll(async () => {
  ;({ world, db, own } = await createPolicedWorld())
  foreign = (await world.client.order.findFirstOrThrow({ where: { customerId: another } })).id
})
afterAll(() => world.close())

const another = demoId('customer', 'ANATR')
const ownNumbers = () => numbers(own)

/** Calls a method that the types do not have. */
function call(target: object, name: string, args: unknown): unknown {
  return Reflect.get(target, name)(args)
}

describe('a policed client writes nothing', () => {
  const data = { name: 'x' }
  const where = { name: 'Beverages' }
  const writes: [what: string, args?: object][] = [
    ['create', { data }],
    ['createMany', { data: [data] }],
    ['createManyAndReturn', { data: [data] }],
    ['update', { where, data }],
    ['updateMany', { data }],
    ['updateManyAndReturn', { data }],
    ['upsert', { where, create: data, update: data }],
    ['delete', { where }],
    ['deleteMany', {}],
  ]
  it.each(writes)('with %s of a model', async (operation, args) => {
    await expectRefused(() => call(db.category, operation, args))
  })

  it.each([
    ['$queryRaw', ['select 1']],
    ['$queryRawUnsafe', 'select 1'],
    ['$executeRaw', ['delete from commerce.md_category']],
    ['$executeRawUnsafe', 'delete from commerce.md_category'],
    ['$transaction', async () => 1],
    ['$extends', {}],
  ])('with %s, and runs no SQL', async (operation, args) => {
    await expectRefused(() => call(db, operation, args))
  })

  async function expectRefused(write: () => unknown) {
    const before = await world.client.category.findMany()
    const statements = await world.statementsOf(() => expect(write()).rejects.toThrow('row policy:'))
    expect(statements.filter(({ sql }) => /category|select/i.test(sql))).toEqual([])
    expect(await world.client.category.findMany()).toEqual(before)
  }
})

describe('a condition is added', () => {
  it('to one row, by any unique field', async () => {
    const [order] = own
    expect(await db.order.findUnique({ where: { id: order?.id ?? '' } })).toMatchObject({ number: order?.number })
    expect(await db.order.findUnique({ where: { id: foreign } })).toBeNull()
    await expect(db.order.findUniqueOrThrow({ where: { id: foreign } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await db.order.findFirst({ where: { id: foreign } })).toBeNull()
    await expect(db.order.findFirstOrThrow({ where: { id: foreign } })).rejects.toMatchObject({ code: 'P2025' })
    expect(await db.order.findFirst({ orderBy: { number: 'asc' } })).toMatchObject({ number: order?.number })
    const batch = own.map(({ id }) => id).concat(foreign)
    const found = await Promise.all(batch.map((id) => db.order.findUnique({ where: { id }, select: { number: true } })))
    expect(found.map((row) => row?.number)).toEqual([...own.map(({ number }) => number), undefined])
  })

  it('and kept on the way to a relation', async () => {
    const found = db.order.findUnique({ where: { id: own[0]?.id ?? '' } })
    expect(found).not.toHaveProperty('lines')
    expect(await found).not.toBeNull()
  })

  const number = { gt: 0 }
  it.each([
    ['none', undefined],
    ['an empty one', {}],
    ['one', { number }],
    ['one with AND, an object', { AND: { number } }],
    ['one with AND, a list', { AND: [{ number }, {}] }],
    ['one with AND, an empty list', { AND: [] }],
    ['one with OR', { OR: [{ number }, { customerId: another }] }],
    ['one with NOT', { NOT: { customerId: mine, number: { lt: 0 } } }],
    ['one that names the same column', { customerId: { in: [mine, another] } }],
  ])('to a list and its counts with %s', async (_what, where) => {
    const args: { where?: Prisma.OrderWhereInput } = where ? { where } : {}
    expect(numbers(await db.order.findMany(args))).toEqual(ownNumbers())
    expect(await db.order.count(args)).toBe(own.length)
    expect(await db.order.aggregate({ ...args, _count: true })).toEqual({ _count: own.length })
    const { _min, _max } = await db.order.aggregate({ ...args, _min: { number: true }, _max: { number: true } })
    expect([_min.number, _max.number]).toEqual([own[0]?.number, own.at(-1)?.number])
    expect(await db.order.groupBy({ ...args, by: ['customerId'], _count: true })).toEqual([
      { customerId: mine, _count: own.length },
    ])
  })

  it.each([
    ['a row', { customerId: another }],
    ['a row by AND, an object', { AND: { customerId: another } }],
    ['a row by AND, a list', { AND: [{ customerId: another }] }],
    ['a row by OR', { OR: [{ customerId: another }] }],
  ])('and %s of another is not found by its key', async (_what, where) => {
    expect(await db.order.findMany({ where })).toEqual([])
    expect(await db.order.count({ where })).toBe(0)
    expect(await db.order.groupBy({ by: ['customerId'], where })).toEqual([])
  })

  it('and not to the arguments of the caller', async () => {
    const args = { where: { AND: [{ number }] }, select: { lines: { select: { id: true } } } }
    const copy = structuredClone(args)
    await db.order.findMany(args)
    expect(args).toEqual(copy)
  })
})
