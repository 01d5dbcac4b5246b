import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { Lock } from '../support/lock.ts'

/** So short that every operation is a slow one. */
const always = { SLOW_OPERATION_MS: '1' }

const slowLine = z.strictObject({
  level: z.literal(40),
  time: z.number(),
  pid: z.number(),
  hostname: z.string(),
  msg: z.literal('slow operation'),
  requestId: z.string(),
  endpoint: z.string(),
  operation: z.string().optional(),
  type: z.string(),
  durationMs: z.number(),
  remoteMs: z.number().optional(),
  statements: z.array(
    z.strictObject({
      afterMs: z.number(),
      durationMs: z.number(),
      rows: z.number(),
      failed: z.boolean().optional(),
      database: z.string(),
      sql: z.string(),
      hash: z.string().regex(/^[\da-f]{12}$/),
      fields: z.array(z.string()),
    }),
  ),
  furtherStatements: z.number().optional(),
})

let world: World
beforeAll(async () => {
  world = await createWorld({ env: always })
})
afterAll(() => world.close())

async function slowLinesOf(call: () => Promise<unknown>, { logLines } = world) {
  const before = logLines.length
  await call()
  const lines = logLines.slice(before).filter((line) => line.includes('"slow operation"'))
  return lines.map((line) => slowLine.parse(JSON.parse(line)))
}

/** What asked for each statement: `SELECT commerce.table: fields`. */
const askedIn = ({ statements }: z.infer<typeof slowLine>) =>
  statements.map(({ sql, fields }) => `${sql}: ${fields.join(', ')}`).sort()

const wide = `query Wide($n: Int) {
  list: orders(first: $n) {
    totalCount
    edges { node { number ...Parts customer { name lifetimeValue { amount } } } }
  }
  products(first: 2) { edges { node { unitsSold } } }
}
fragment Parts on Order { lines { product { name } } }`

describe('a slow operation', () => {
  it('has a line that tells which fields asked for each statement, on both routes', async () => {
    const lines = [
      ...(await slowLinesOf(() => world.as('admin').query(wide, { n: 3 }))),
      ...(await slowLinesOf(() => world.as('admin').query(wide, { n: 3 }))),
    ]
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line).toMatchObject({ operation: 'Wide', type: 'query', endpoint: 'backOffice' })
      expect(askedIn(line)).toEqual([
        'SELECT commerce.md_product: products.edges.node',
        'SELECT commerce.so_header: list.edges.node.customer.lifetimeValue',
        'SELECT commerce.so_header: list.totalCount',
        'SELECT commerce.so_line commerce.md_product commerce.so_header commerce.crm_customer: list.edges.node.lines.product, list.edges.node.customer',
        'SELECT commerce.so_line commerce.so_header: products.edges.node.unitsSold',
      ])
    }
  })

  it('tells the rows of each statement, and how long it took', async () => {
    const lock = await Lock.on('commerce.md_product', world)
    const asked = slowLinesOf(() => world.as('anonymous').query('{ products(first: 5) { edges { node { name } } } }'))
    await lock.waitedForBy(1)
    await lock.release()
    const [line] = await asked
    expect(line?.statements).toMatchObject([{ rows: 6, database: 'primary', fields: ['products.edges.node'] }])
    expect(line?.statements[0]?.durationMs).toBeLessThanOrEqual(line?.durationMs ?? 0)
  })

  it('that mutates tells the mutation', async () => {
    const customers = '{ customers(first: 1) { edges { node { id } } } }'
    const id = /customer_\w+/.exec(JSON.stringify(await world.as('admin').query(customers)))?.[0]
    const rename = `mutation ($input: CustomerUpdateInput!) { one: customerUpdate(input: $input) { customer { name } } }`
    const input = { customerId: id, version: 1, name: 'c4n4ry' }
    const [line] = await slowLinesOf(() => world.as('admin').query(rename, { input }))
    expect(line && askedIn(line)).toEqual([
      'COMMIT: one',
      'SELECT commerce.crm_customer: one',
      'SELECT commerce.crm_customer: one.customer',
      'UPDATE commerce.crm_customer: one',
      'WITH platform.pf_outbox: one',
    ])
    expect(world.logLines.join('')).not.toContain('c4n4ry')
  })

  it('tells of a statement that was broken off', async () => {
    await using short = await createWorld({ env: { ...always, DATABASE_STATEMENT_TIMEOUT_MS: '100' } })
    await using _lock = await Lock.on('commerce.md_product', short)
    const query = () => short.as('anonymous').query('{ products(first: 1) { totalCount } }')
    const [line] = await slowLinesOf(query, short)
    expect(line?.statements).toMatchObject([{ failed: true, rows: 0, fields: ['products.totalCount'] }])
  })

  it('is counted', async () => {
    expect(await world.metrics.registry.metrics()).toMatch(
      /^frontdoor_slow_operations_total\{endpoint="backOffice"\} [1-9]/m,
    )
  })
})

describe('no line is written', () => {
  it('of a quick operation', async () => {
    await using usual = await createWorld()
    expect(await slowLinesOf(() => usual.as('admin').query(wide), usual)).toEqual([])
  })

  it('with SLOW_OPERATION_MS=0', async () => {
    await using off = await createWorld({ env: { SLOW_OPERATION_MS: '0', DATABASE_STATEMENT_TIMEOUT_MS: '100' } })
    await using _lock = await Lock.on('commerce.md_product', off)
    expect(await slowLinesOf(() => off.as('anonymous').query('{ products { totalCount } }'), off)).toEqual([])
  })
})
