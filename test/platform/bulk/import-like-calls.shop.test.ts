import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId, parseAnyId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { seed } from '../support/draw.ts'
import { importReport, ndjson } from './support/import.ts'

const lines = Number(process.env.IMPORT_LINES ?? 80)

/** In one the inputs are imported, in the other each is a call of its own, one after the other. */
let together: World
let alone: World
beforeAll(async () => {
  console.log(`${lines} inputs of each mutation, RANDOM_SEED=${seed}`)
  together = await createWorld()
  alone = await createWorld()
  // Little of it, so that lines compete.
  for (const world of [together, alone])
    await world.client.product.updateMany({ data: { stockOnHand: 12, stockReserved: 0, discontinued: false } })
}, 60_000)
afterAll(async () => {
  await together.close()
  await alone.close()
})

const product = (number: string) => encodeId('Product', demoId('product', number))
const few = (prefix: string, count: number) => fc.integer({ min: 1, max: count }).map((n) => `${prefix}${n}`)
const productId = fc.oneof(few('', 8).map(product), fc.constant('product_nobody'))
const supplierId = fc.oneof(
  { weight: 5, arbitrary: fc.constant(encodeId('Supplier', demoId('supplier', '1'))) },
  { weight: 1, arbitrary: fc.constant('supplier_nobody') },
)
const categoryId = fc.oneof(
  { weight: 5, arbitrary: fc.constant(encodeId('Category', demoId('category', '1'))) },
  { weight: 1, arbitrary: fc.constant('x') },
)
const amount = fc.oneof(fc.constantFrom('1.50', '20', '0.01'), fc.constant('-1'))
const shipTo = { recipient: 'R', street: 'S', city: 'C', country: 'DE' }

const inputs: Record<string, fc.Arbitrary<object>> = {
  productCreate: fc.record({
    sku: few('SKU-', 60),
    name: fc.constantFrom('Good', 'Better', ' '),
    unitPrice: fc.record({ amount, currency: fc.constant('USD') }),
    stockOnHand: fc.constantFrom(0, 5, -1),
    supplierId,
    categoryId,
  }),
  productUpdate: fc.record({
    productId,
    version: fc.constantFrom(1, 1, 2, 3),
    name: fc.option(fc.constantFrom('Renamed', 'Again', ''), { nil: undefined }),
    reorderLevel: fc.option(fc.constantFrom(1, 2, -1), { nil: undefined }),
  }),
  stockAdjust: fc.record({
    productId,
    quantity: fc.constantFrom(1, 3, -2, -5, 0),
    reason: fc.constantFrom('COUNT', 'DAMAGE', 'DELIVERY'),
  }),
  customerCreate: fc.record({
    code: few('CODE', 40),
    kind: fc.constantFrom('COMPANY', 'PERSON'),
    name: fc.constantFrom('Somebody', ''),
    email: few('somebody', 40).map((name) => `${name}@example.org`),
    country: fc.constant('DE'),
  }),
  orderPlace: fc.record({
    customerId: fc.constantFrom(encodeId('Customer', demoId('customer', 'ALFKI')), 'customer_nobody'),
    lines: fc.array(fc.record({ productId, quantity: fc.constantFrom(1, 2, 4) }), { maxLength: 3 }),
    shipTo: fc.constant(shipTo),
  }),
}

const payload = z.object({
  userErrors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })),
})

/** What a call says: its user errors. */
async function call(mutation: string, input: object) {
  const text = `mutation ($input: ${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input!) {
    done: ${mutation}(input: $input) { userErrors { code message path } } }`
  const needsKey = mutation === 'stockAdjust' || mutation === 'orderPlace'
  const keyed = needsKey ? { ...input, idempotencyKey: randomUUID() } : input
  const { done } = dataOf(await alone.as('admin').query(text, { input: keyed }), z.object({ done: payload }))
  return done.userErrors
}

/** The rows that the mutations write, without what differs by chance: ids and times. */
async function stateOf(world: World) {
  const rows = async (sql: string) => world.rowsOf(sql, z.record(z.string(), z.unknown()))
  return {
    products: await rows(
      `select sku_cd, nm, pack_txt, unit_price_minor::text, qty_on_hand, qty_reserved, qty_reorder, row_ver
       from commerce.md_product order by sku_cd`,
    ),
    movements: await rows(
      `select p.sku_cd, m.qty_delta, m.reason_cd::text, count(*)::int from commerce.md_stock_move m
       join commerce.md_product p on p.uid = m.product_uid group by 1, 2, 3 order by 1, 2, 3`,
    ),
    customers: await rows(
      `select count(*)::int, string_agg(cust_cd, ',' order by cust_cd) as codes from commerce.crm_customer`,
    ),
    // Their numbers follow the order of writing, which need not be that of the lines.
    orders: await rows(
      `select total_minor::text as total, lines from (
         select h.total_minor, string_agg(p.sku_cd || ' ' || l.qty, ',' order by l.line_no) as lines
         from commerce.so_header h join commerce.so_line l on l.so_uid = h.uid
         join commerce.md_product p on p.uid = l.product_uid group by h.uid) o order by 1, 2`,
    ),
    events: await rows(
      `select topic_nm, agg_type, max(agg_seq), count(*)::int,
              count(*) filter (where agg_seq > 1)::int as later from platform.pf_outbox group by 1, 2 order by 1, 2`,
    ),
  }
}

describe.each(Object.keys(inputs))('an import of %s', (mutation) => {
  it('says and does what calls one after the other say and do', async () => {
    const arbitrary = inputs[mutation] ?? fc.constant({})
    const drawn = fc.sample(arbitrary, { seed, numRuns: lines })
    const { results } = await importReport(together, mutation, ndjson(drawn))
    const expected = []
    for (const [at, input] of drawn.entries()) {
      const errors = await call(mutation, input)
      expected.push({ line: at + 1, outcome: errors.length > 0 ? 'REFUSED' : 'DONE', errors })
    }
    expect(results.map(({ line, outcome, errors = [] }) => ({ line, outcome, errors }))).toEqual(expected)
    for (const { outcome, id } of results) expect(parseAnyId(id ?? '') !== undefined).toBe(outcome === 'DONE')
    expect(await stateOf(together)).toEqual(await stateOf(alone))
    const done = results.filter(({ outcome }) => outcome === 'DONE')
    expect(done.length, 'some lines are done').toBeGreaterThan(0)
    expect(done.length, 'some lines are refused').toBeLessThan(lines)
  }, 120_000)
})
