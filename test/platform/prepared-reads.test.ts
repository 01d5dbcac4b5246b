import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { Database, type StatementListener } from '../../src/platform/database/client.ts'
import { type DataField, fieldsOf, type Model, propertyOf } from '../../src/platform/database/data-model.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let database: Database
let statements: Parameters<StatementListener>[0][]
/** Rows of every model, to take values from. */
const samples = new Map<Model, Record<string, unknown>[]>()
const models: Model[] = [
  'Customer',
  'Address',
  'Order',
  'OrderLine',
  'Product',
  'Category',
  'Supplier',
  'Shipment',
  'Invoice',
]

beforeAll(async () => {
  world = await createWorld()
  database = new Database(world.databaseUrl, world.config.database)
  statements = []
  database.onStatement((statement) => statements.push(statement))
  for (const model of models) samples.set(model, await askPrisma(model, 'findMany', { take: 30 }))
})
afterAll(async () => {
  await database.close()
  await world.close()
})

describe('a prepared read', () => {
  it('gives what Prisma gives, by the same statement with the same parameters', async () => {
    const prepared = { some: 0 }
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const model = draw(fc.constantFrom, ...models)
        const args = argumentsOf(draw, model, 2)
        const asked = await seen(() => askPrisma(model, 'findMany', args))
        const read = await seen(() => database.prepared.rows(model, 'findMany', args))
        if (read.result === undefined) return
        prepared.some++
        // The statement also gives the keys by which rows below are joined; Prisma drops them.
        expect(asSelected(read.result, args.select)).toEqual(asked.result)
        expect(read.statements).toEqual(asked.statements)
      }),
      { numRuns: 200 },
    )
    expect(prepared.some).toBeGreaterThan(150)
  })

  it('of one shape has one statement, whatever its values', async () => {
    const orders = (customer: string, take: number) =>
      seen(() =>
        database.prepared.rows('Order', 'findMany', {
          select: { number: true },
          where: { customerId: demoId('customer', customer), placedAt: { lt: new Date('1998-01-01') } },
          orderBy: [{ number: 'asc' }],
          take,
        }),
      )
    const [first, second] = [await orders('ALFKI', 2), await orders('BONAP', 1)]
    expect(first.result).toEqual([{ number: 10_643 }, { number: 10_692 }])
    expect(second.result).toEqual([{ number: 10_331 }])
    expect(second.statements[0]?.sql).toBe(first.statements[0]?.sql)
  })

  it('finds one row, or none', async () => {
    const bySku = (sku: string) =>
      database.prepared.rows('Product', 'findUnique', { where: { sku }, select: { name: true } })
    expect(await bySku('NW-0001')).toEqual([{ name: 'Chai' }])
    expect(await bySku('NW-9999')).toEqual([])
  })
})

describe('a prepared statement that is no longer good', () => {
  const args = { select: { name: true, description: true }, where: { name: 'Beverages' } }
  const beverages = [{ name: 'Beverages', description: expect.any(String) }]

  it.each([
    ['since the connection has forgotten it', 'deallocate all'],
    ['since a column is of another type', 'alter table commerce.md_category alter descr_txt type varchar(5000)'],
  ])('is left to Prisma once, %s, and read again after', async (_why, change) => {
    await using other = await createWorld()
    const limits = { ...other.config.database, poolSize: 1 }
    const one = new Database(other.databaseUrl, limits)
    const read = () => one.prepared.rows('Category', 'findMany', args)
    expect(await read()).toEqual(beverages)
    await one.transactions.run((tx) => tx.$executeRaw(Prisma.raw(change)))
    expect(await read()).toBeUndefined()
    expect(await read()).toEqual(beverages)
    await one.close()
  })
})

describe('a read that is not understood is left to Prisma', () => {
  it.each<[string, Model, object]>([
    ['without a selection', 'Category', {}],
    ['with an include', 'Category', { include: { products: true } }],
    ['of a whole relation', 'Category', { select: { products: true } }],
    ['with a cursor', 'Category', { select: { id: true }, cursor: { name: 'Beverages' } }],
    ['that skips', 'Category', { select: { id: true }, skip: 1 }],
    ['from the end', 'Category', { select: { id: true }, take: -1 }],
    ['of distinct rows', 'Product', { select: { id: true }, distinct: ['categoryId'] }],
    ['by an undefined value', 'Category', { select: { id: true }, where: { name: undefined } }],
    ['by a field that is not there', 'Category', { select: { id: true }, where: { nothing: 1 } }],
    ['by a value of another type', 'Order', { select: { id: true }, where: { placedAt: '1998-01-01T00:00:00Z' } }],
    ['of bytes', 'IdempotencyRecord', { select: { argsHash: true } }],
  ])('%s', async (_what, model, args) => {
    expect(await database.prepared.rows(model, 'findMany', args)).toBeUndefined()
  })

  it('when it compares two columns', async () => {
    const { fields } = database.client.product
    const args = { select: { id: true }, where: { stockOnHand: { gt: fields.stockReserved } } }
    expect(await database.prepared.rows('Product', 'findMany', args)).toBeUndefined()
  })
})

async function askPrisma(model: Model, operation: string, args: object): Promise<Record<string, unknown>[]> {
  const delegate: object = database.client[propertyOf(model)]
  return Reflect.get(delegate, operation)(args)
}

/** The result, and the statements it took; times as text, as both write them somehow. */
async function seen<T>(read: () => Promise<T>) {
  const before = statements.length
  const result = await read()
  const text = (arg: unknown) =>
    arg instanceof Date ? arg.toISOString() : String(arg).replace(/^(\d{4}-\d\d-\d\d)$/, '$1T00:00:00.000Z')
  return {
    result,
    statements: statements.slice(before).map(({ sql, args, rows }) => ({ sql, args: args.map(text), rows })),
  }
}

type Draw = fc.GeneratorValue

function asSelected(value: unknown, select: object): unknown {
  if (Array.isArray(value)) return value.map((item) => asSelected(item, select))
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.entries(select).map(([name, selected]): [string, unknown] => {
    const below: unknown = Reflect.get(value, name)
    return [name, typeof selected === 'object' && name !== '_count' ? asSelected(below, selected.select) : below]
  })
  return Object.fromEntries(parts)
}

function argumentsOf(draw: Draw, model: Model, depth: number): { select: object; [argument: string]: unknown } {
  const order = draw(fc.constantFrom, 'asc', 'desc')
  return {
    select: selectOf(draw, model, depth),
    where: whereOf(draw, model, 2),
    orderBy: [{ id: order }],
    ...(draw(fc.nat, { max: 9 }) < 9 ? { take: 1 + draw(fc.nat, { max: 3 }) } : {}),
  }
}

function selectOf(draw: Draw, model: Model, depth: number): object {
  const select: Record<string, unknown> = { id: true }
  for (const [name, field] of fieldsOf(model)) {
    // Small numbers come more often than large ones.
    if (draw(fc.nat, { max: 9 }) < 6) continue
    if (field.kind !== 'relation') select[name] = true
    else if (depth > 0 && models.includes(field.model)) {
      select[name] = field.isList
        ? argumentsOf(draw, field.model, depth - 1)
        : { select: selectOf(draw, field.model, depth - 1) }
    }
  }
  return select
}

function whereOf(draw: Draw, model: Model, depth: number): object {
  const fields = [...fieldsOf(model)]
  const [name, field] = draw(fc.constantFrom, ...fields)
  const kind = draw(fc.constantFrom, 'field', 'field', 'AND', 'OR', 'NOT', 'nothing')
  if (kind === 'nothing') return {}
  if (kind !== 'field' && depth > 0) {
    const parts = [whereOf(draw, model, depth - 1), whereOf(draw, model, depth - 1)]
    return { [kind]: parts }
  }
  if (field.kind === 'relation') {
    if (depth === 0 || !models.includes(field.model)) return {}
    const below = whereOf(draw, field.model, depth - 1)
    return { [name]: field.isList ? { [draw(fc.constantFrom, 'some', 'every', 'none')]: below } : below }
  }
  return { [name]: filterOf(draw, model, name, field) }
}

function filterOf(draw: Draw, model: Model, name: string, field: DataField): unknown {
  const rows = samples.get(model) ?? []
  const value = () => draw(fc.constantFrom, ...rows.map((row) => row[name]), undefined) ?? rows[0]?.[name] ?? null
  const one = value()
  if (one === null || typeof one === 'boolean' || field.kind === 'enum') return one
  const isText = typeof one === 'string' && !/^[0-9a-f-]{36}$/.test(one)
  const operator = draw(fc.constantFrom, 'plain', 'equals', 'in', 'gt', 'lte', 'not', isText ? 'contains' : 'lt')
  if (operator === 'plain') return one
  if (operator === 'in') return { in: [one, value()].filter((item) => item !== null) }
  if (operator === 'contains') return { contains: String(one).slice(0, 3), mode: 'insensitive' }
  return { [operator]: one }
}
