import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { Prisma } from '../../../src/generated/prisma/client.ts'
import { Database } from '../../../src/platform/database/client.ts'
import { type DataField, fieldsOf, type Model, propertyOf } from '../../../src/platform/database/data-model.ts'
import type { GroupedRead } from '../../../src/platform/database/reads/grouped-read.ts'
import { Unsupported } from '../../../src/platform/database/reads/statement-parts.ts'
import type { StatementListener } from '../../../src/platform/database/statement.ts'
import { createWorld, type World } from '../../support/world.ts'
import { type Draw, oneOf, seed } from '../support/draw.ts'

let world: World
let database: Database
let statements: Parameters<StatementListener>[0][]
/** Rows of every model, as a source of values. */
const samples = new Map<Model, Record<string, unknown>[]>()
const models: Model[] = [
  'Customer',
  'Address',
  'Order',
  'OrderLine',
  'Product',
  'Category',
  'Supplier',
  'Carrier',
  'Shipment',
  'ShipmentLine',
  'Invoice',
  'Payment',
  'StockMovement',
  'DomainEvent',
  'ApiKey',
]
const reads = Number(process.env.PREPARED_READS ?? 50)
/** In milliseconds; far more than they take. */
const timeBound = 200 * reads
const hostile = [
  '',
  ' ',
  '%',
  '_',
  '\\',
  '%_\\\'";--',
  '$1',
  '{a,"b"}',
  'NULL',
  'null',
  'ÄÖ ß ı İ',
  '😀',
  '‮x',
  '\n\t\u0001',
]

beforeAll(async () => {
  world = await createWorld()
  await addHostileRows()
  database = new Database(world.databaseUrl, world.config.database)
  statements = []
  database.onStatement((statement) => statements.push(statement))
  for (const model of models)
    samples.set(model, await askPrisma(model, 'findMany', { take: 40, orderBy: { id: 'desc' } }))
})
afterAll(async () => {
  await database.close()
  await world.close()
})

/** Texts with a meaning in SQL, LIKE, arrays or JSON; numbers beyond 2^53; documents; lists. */
async function addHostileRows(): Promise<void> {
  const { client } = world
  for (const [index, text] of hostile.entries()) {
    const name = `${text}|${index}`
    await client.customer.create({
      data: { code: `H${index}`, kind: 'PERSON', name, email: `h${index}@x.test`, country: 'DE', phone: text },
    })
    await client.supplier.create({ data: { name: text, country: 'DE', city: text, region: index % 2 ? null : text } })
    await client.domainEvent.create({
      data: {
        topic: text,
        aggregateType: 'X',
        aggregateKey: demoId('customer', 'ALFKI'),
        sequence: 1000 + index,
        actorKind: 'x',
        payload: { [text]: [text, null, index, 1.5, { deep: text }] },
      },
    })
    const scopes = hostile.slice(0, index)
    const secretHash = new Uint8Array([index])
    await client.apiKey.create({
      data: { name: text, secretHash, hint: text, scopes, creatorKind: 'x', expiresAt: new Date(0) },
    })
  }
  await client.$executeRawUnsafe('alter sequence platform.pf_outbox_pos_seq restart with 9007199254740993')
  for (const payload of ['text', 7, false, [1, [2]], {}]) {
    const event = { topic: 't', aggregateType: 'X', aggregateKey: demoId('customer', 'ALFKI'), actorKind: 'x' }
    await client.domainEvent.create({ data: { ...event, sequence: 2000 + Math.floor(Math.random() * 1e6), payload } })
  }
}

describe('a prepared read', () => {
  it.each<[Model, object]>([
    ['Order', { customer: { select: { id: true } }, _count: { select: { lines: true } } }],
    ['OrderLine', { product: { select: { name: true, unitPriceMinor: true } } }],
  ])('makes the last of many rows like the first: %s', async (model, below) => {
    const own = [...fieldsOf(model)].filter(([, { kind }]) => kind !== 'relation').map(([name]) => [name, true])
    const args = { select: { ...Object.fromEntries(own), ...below }, orderBy: { id: 'asc' } }
    const read = await database.prepared.rows(model, 'findMany', args)
    expect(read?.length).toBeGreaterThan(800)
    expect(read).toEqual(await askPrisma(model, 'findMany', args))
  })

  it('returns what Prisma returns', { timeout: timeBound }, async () => {
    const own = { some: 0 }
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const model = oneOf(draw, ...models)
        const args = argumentsOf(draw, model, 2)
        const read = await database.prepared.rows(model, 'findMany', args)
        if (read === undefined) return
        own.some++
        // Prisma also returns the keys by which it joins.
        expect(read).toEqual(asSelected(await askPrisma(model, 'findMany', args), args.select))
      }),
      { numRuns: reads, seed },
    )
    expect(own.some).toBeGreaterThan(reads * 0.9)
  })

  it('counts what Prisma counts', { timeout: timeBound }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const model = oneOf(draw, ...models)
        const args = { where: whereOf(draw, model, 3) }
        const count = await database.prepared.count(model, args)
        if (count !== undefined) expect(count).toBe(await askPrisma(model, 'count', args))
      }),
      { numRuns: reads, seed },
    )
  })

  it('groups the rows that Prisma counts, with conditions on joined tables too', { timeout: timeBound }, async () => {
    const own = { some: 0 }
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const model = oneOf(draw, ...models)
        const where = whereOf(draw, model, 3)
        const group = { model, where, groups: [], measures: [{ kind: 'count' as const }] }
        const read = await groupsOf(group)
        if (read === undefined) return
        own.some++
        expect(read.rows[0]?.measures[0] ?? 0).toBe(await askPrisma(model, 'count', { where }))
      }),
      { numRuns: reads, seed },
    )
    expect(own.some).toBeGreaterThan(reads * 0.9)
  })

  it('is one statement without values, but with the sizes of its lists', async () => {
    const { result, statements } = await seen(() =>
      database.prepared.rows('Customer', 'findMany', {
        select: { orders: { select: { number: true }, where: { shipToCity: 'Berlin' }, take: 1 } },
        where: { name: { contains: 'Alfred' } },
        take: 7,
      }),
    )
    expect(result).toEqual([{ orders: [{ number: expect.any(Number) }] }])
    expect(statements.map(({ args }) => args)).toEqual([['Berlin', 'Alfred']])
    expect(statements[0]?.sql).not.toMatch(/Berlin|Alfred/)
    expect(statements[0]?.sql.match(/LIMIT \d+/g)).toEqual(['LIMIT 1', 'LIMIT 7'])
  })

  it('of one shape and size has one statement, for any values', async () => {
    const orders = (customers: string[], take: number) =>
      seen(() =>
        database.prepared.rows('Order', 'findMany', {
          select: { number: true },
          where: {
            customerId: { in: customers.map((code) => demoId('customer', code)) },
            placedAt: { lt: new Date('1998-01-01') },
          },
          orderBy: [{ number: 'asc' }],
          take,
        }),
      )
    const [first, second] = [await orders(['ALFKI', 'ANATR'], 2), await orders(['BONAP'], 2)]
    expect(first.result).toEqual([{ number: 10_308 }, { number: 10_625 }])
    expect(second.result).toEqual([{ number: 10_331 }, { number: 10_340 }])
    expect(second.statements[0]?.sql).toBe(first.statements[0]?.sql)
  })

  it('finds one row, or none', async () => {
    const bySku = (sku: string) =>
      database.prepared.rows('Product', 'findUnique', { where: { sku }, select: { name: true } })
    expect(await bySku('NW-0001')).toEqual([{ name: 'Chai' }])
    expect(await bySku('NW-9999')).toEqual([])
  })

  it('reads more columns than a PostgreSQL function takes arguments', async () => {
    const order = { select: { ...columnsOf('Order'), customer: { select: columnsOf('Customer') } } }
    const line = { select: { ...columnsOf('OrderLine'), order, product: { select: columnsOf('Product') } } }
    const shipment = { select: { ...columnsOf('Shipment'), order, carrier: { select: columnsOf('Carrier') } } }
    const select = { ...columnsOf('ShipmentLine'), orderLine: line, shipment }
    const args = { select, orderBy: { id: 'asc' }, take: 3 }
    const rows = await database.prepared.rows('ShipmentLine', 'findMany', args)
    expect(rows).toEqual(asSelected(await askPrisma('ShipmentLine', 'findMany', args), select))
    expect(rows).toHaveLength(3)
  })
})

function columnsOf(model: Model): Record<string, true> {
  const columns = [...fieldsOf(model)].filter(([, { kind }]) => kind !== 'relation')
  return Object.fromEntries(columns.map(([name]) => [name, true]))
}

describe('an outdated prepared statement', () => {
  const args = { select: { name: true, description: true }, where: { name: 'Beverages' } }
  const beverages = [{ name: 'Beverages', description: expect.any(String) }]

  it.each([
    ['since the connection has forgotten it', 'deallocate all'],
    ['since a column is of another type', 'alter table commerce.md_category alter descr_txt type varchar(5000)'],
  ])('causes no error, %s', async (_why, change) => {
    await using other = await createWorld()
    const limits = { ...other.config.database, poolSize: 1 }
    const one = new Database(other.databaseUrl, limits)
    const read = () => one.prepared.rows('Category', 'findMany', args)
    expect(await read()).toEqual(beverages)
    await one.transactions.run((tx) => tx.$executeRaw(Prisma.raw(change)))
    expect(await read()).toEqual(beverages)
    expect(await read()).toEqual(beverages)
    await one.close()
  })
})

describe('Prisma runs a read that prepared reads do not support', () => {
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
    ['by a null where there is none', 'Category', { select: { id: true }, where: { name: null } }],
    ['by a value an enum does not have', 'Order', { select: { id: true }, where: { status: 'LOST' } }],
    ['by a list of JSON', 'DomainEvent', { select: { id: true }, where: { payload: { in: [] } } }],
    ['by a number that is not whole', 'Order', { select: { id: true }, where: { number: 1.5 } }],
    [
      'sorted by the number of its rows below',
      'Category',
      { select: { id: true }, orderBy: { products: { _count: 'asc' } } },
    ],
    ['by bytes', 'IdempotencyRecord', { select: { key: true }, where: { argsHash: new Uint8Array() } }],
  ])('%s', async (_what, model, args) => {
    expect(await database.prepared.rows(model, 'findMany', args)).toBeUndefined()
  })
  it('when it compares columns of two tables', async () => {
    const { fields } = database.client.orderLine
    const args = { select: { id: true }, where: { stockOnHand: { gt: fields.quantity } } }
    expect(await database.prepared.rows('Product', 'findMany', args)).toBeUndefined()
  })
})

/** Undefined for conditions that cannot be expressed. */
async function groupsOf(read: GroupedRead) {
  try {
    return await database.prepared.groups(read)
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

async function askPrisma(model: Model, operation: string, args: object) {
  const delegate: object = database.client[propertyOf(model)]
  return Reflect.get(delegate, operation)(args)
}

async function seen<T>(read: () => Promise<T> | undefined) {
  const before = statements.length
  return { result: await read(), statements: statements.slice(before) }
}

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
  const order = oneOf(draw, 'asc', 'desc')
  const sorted = [...fieldsOf(model)].filter(([, { kind, isList }]) => kind !== 'relation' && !isList)
  const [by] = oneOf(draw, ...sorted)
  const [beyond] = [...fieldsOf(model)].flatMap(([name, field]) =>
    field.kind === 'relation' && !field.isList ? [{ [name]: { id: order } }] : [],
  )
  return {
    select: selectOf(draw, model, depth),
    where: whereOf(draw, model, 3),
    orderBy: oneOf(draw, beyond ? [beyond, { id: order }] : [{ id: order }], [{ [by]: order }, { id: order }], {
      id: order,
    }),
    ...(draw(fc.nat, { max: 9 }) < 9 ? { take: 1 + draw(fc.nat, { max: 3 }) } : {}),
  }
}

function selectOf(draw: Draw, model: Model, depth: number): object {
  const select: Record<string, unknown> = { id: true }
  const counts: Record<string, unknown> = {}
  for (const [name, field] of fieldsOf(model)) {
    // Small numbers come more often than large ones.
    if (draw(fc.nat, { max: 9 }) < 6) continue
    if (field.kind !== 'relation') select[name] = true
    else if (depth > 0 && models.includes(field.model)) {
      select[name] = field.isList
        ? argumentsOf(draw, field.model, depth - 1)
        : { select: selectOf(draw, field.model, depth - 1) }
      if (field.isList) counts[name] = draw(fc.boolean) || { where: whereOf(draw, field.model, 1) }
    }
  }
  return Object.keys(counts).length > 0 && draw(fc.boolean) ? { ...select, _count: { select: counts } } : select
}

function whereOf(draw: Draw, model: Model, depth: number): object {
  const kind = oneOf(draw, 'field', 'field', 'fields', 'AND', 'OR', 'NOT', 'keyset', 'nothing')
  if (kind === 'nothing') return {}
  if (kind === 'fields') return { ...conditionOf(draw, model, depth), ...conditionOf(draw, model, depth) }
  if (kind === 'keyset') return keysetOf(draw, model)
  if (kind === 'field' || depth === 0) return conditionOf(draw, model, depth)
  const parts = Array.from({ length: draw(fc.nat, { max: 3 }) }, () => whereOf(draw, model, depth - 1))
  return { [kind]: parts.length === 1 && kind !== 'OR' ? parts[0] : parts }
}

function keysetOf(draw: Draw, model: Model): object {
  const rows = (samples.get(model) ?? []).filter((row) => row.id !== undefined)
  const [row] = rows.length > 0 ? [oneOf(draw, ...rows)] : []
  const names = Object.keys(row ?? {}).filter(
    (name) => !['boolean', 'object'].includes(typeof row?.[name]) || row?.[name] instanceof Date,
  )
  const name = oneOf(draw, ...names, 'id')
  const field = fieldsOf(model).get(name)
  if (!row || field?.kind !== 'scalar') return {}
  const than = oneOf(draw, 'lt', 'gt')
  const [value, id] = [row[name], row.id]
  return { AND: [{ [name]: { [`${than}e`]: value } }, { OR: [{ [name]: { [than]: value } }, { id: { [than]: id } }] }] }
}

function conditionOf(draw: Draw, model: Model, depth: number): object {
  const [name, field] = oneOf(draw, ...fieldsOf(model))
  if (field.kind !== 'relation') return { [name]: filterOf(draw, model, name, field) }
  if (depth === 0 || !models.includes(field.model)) return {}
  const below = oneOf(draw, true, true, true, false) ? whereOf(draw, field.model, depth - 1) : {}
  if (field.isList) return { [name]: { [oneOf(draw, 'some', 'every', 'none')]: below } }
  const absent = field.isRequired ? below : oneOf(draw, below, null)
  return { [name]: oneOf(draw, below, { is: absent }, { isNot: absent }, absent) }
}

function filterOf(draw: Draw, model: Model, name: string, field: DataField): unknown {
  const rows = samples.get(model) ?? []
  const value = () => oneOf(draw, ...rows.map((row) => row[name]), undefined) ?? rows[0]?.[name] ?? null
  const one = value()
  if (field.isList) return { has: oneOf(draw, ...hostile) }
  if (one === null) return field.isRequired ? {} : oneOf(draw, null, { not: null }, { equals: null }, { in: [] })
  if (typeof one === 'boolean') return oneOf(draw, one, { equals: one }, { not: one })
  if (field.kind !== 'scalar') {
    return oneOf(draw, one, { equals: one }, { not: one }, { in: [one] }, { notIn: [one, value() ?? one] })
  }
  if (typeof one === 'object' && !(one instanceof Date)) return {}
  if (typeof one === 'number' && draw(fc.boolean)) {
    const compared = { [oneOf(draw, 'gt', 'lte', 'equals')]: referenceTo(draw, model) }
    return oneOf(draw, compared, { not: compared })
  }
  const isText = typeof one === 'string' && !/^[0-9a-f-]{36}$/.test(one)
  if (isText && draw(fc.boolean)) return textFilterOf(draw, one)
  const operator = oneOf(draw, 'plain', 'equals', 'in', 'notIn', 'gt', 'gte', 'lt', 'lte', 'range', 'not', 'none')
  if (operator === 'plain') return one
  if (operator === 'none') return oneOf(draw, { in: [] }, { notIn: [] }, {})
  if (operator === 'range') return oneOf(draw, { gte: one, lt: value() ?? one }, { not: { gt: one, lt: one } })
  const operand = operator === 'in' || operator === 'notIn' ? [one, value() ?? one] : one
  return oneOf(draw, { [operator]: operand }, operator === 'not' ? { not: operand } : { not: { [operator]: operand } })
}

function referenceTo(draw: Draw, model: Model): unknown {
  const numbers = [...fieldsOf(model)].filter(([, field]) => field.kind === 'scalar' && field.type === 'Int')
  const [name] = oneOf(draw, ...numbers)
  return Reflect.get(database.client[propertyOf(model)].fields, name)
}

function textFilterOf(draw: Draw, text: string): object {
  const operator = oneOf(draw, 'contains', 'startsWith', 'endsWith', 'equals', 'gt', 'not')
  const part = oneOf(draw, text, text.slice(0, 3), text.slice(-2), text.toUpperCase(), ...hostile)
  // A lone escape at the end of a pattern is an error in PostgreSQL, for every client.
  const operand = part.replace(/\\+$/, '')
  const filter = oneOf(
    draw,
    { [operator]: operand },
    operator === 'not' ? { not: operand } : { not: { [operator]: operand } },
  )
  return { ...filter, ...oneOf(draw, {}, { mode: 'insensitive' }, { mode: 'default' }) }
}
