import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { createWorld, type World } from '../../support/world.ts'
import { seed } from '../support/draw.ts'
import {
  csvForm,
  type FaultyFile,
  faultyFile,
  type Inputs,
  kinds,
  ndjsonForm,
  refused,
  xmlForm,
} from './support/faulty-file.ts'
import { readReport } from './support/import.ts'

/** Thirteen chunks of lines. */
const count = 2500
const chunk = 200
const kills = 3

const supplierId = encodeId('Supplier', demoId('supplier', '1'))
const categoryId = encodeId('Category', demoId('category', '1'))
const customerId = encodeId('Customer', demoId('customer', 'ALFKI'))
/** Lines about the same product are done one after the other, so there are several. */
const products = 50
const productId = (at: number) => encodeId('Product', demoId('product', String(1 + (at % products))))
const unitsEach = 70

const newProducts: Inputs = {
  mutation: 'productCreate',
  good: (at) => ({
    sku: `GOOD-${at}`,
    name: `Good, number "${at}"`,
    unitPrice: { amount: '1.25', currency: 'USD' },
    stockOnHand: 2,
    supplierId,
    categoryId,
  }),
  bad: {
    types: (at) => ({
      input: { ...newProducts.good(at), stockOnHand: 'many' },
      error: refused('BAD_USER_INPUT', 'Int cannot represent non-integer value: "many"', 'stockOnHand'),
    }),
    'unknown ids': (at) => ({
      input: { ...newProducts.good(at), supplierId: 'supplier_nobody' },
      error: refused('SUPPLIER_UNKNOWN', 'There is no such supplier.', 'supplierId'),
    }),
    duplicates: (at) => ({
      input: { ...newProducts.good(at), sku: 'GOOD-0' },
      error: refused('SKU_TAKEN', 'Another product has this SKU.', 'sku'),
    }),
  },
}

const newOrders: Inputs = {
  mutation: 'orderPlace',
  good: (at) => ({
    customerId,
    lines: [{ productId: productId(at), quantity: 1 }],
    shipTo: { recipient: 'Recipient', street: '1, "The Street"', city: 'Berlin', country: 'DE' },
  }),
  bad: {
    types: (at) => ({
      input: { ...newOrders.good(at), lines: [{ productId: productId(at), quantity: 'many' }] },
      error: refused('BAD_USER_INPUT', 'Int cannot represent non-integer value: "many"', 'lines', '0', 'quantity'),
    }),
    'unknown ids': (at) => ({
      input: { ...newOrders.good(at), customerId: 'customer_nobody' },
      error: refused('CUSTOMER_UNKNOWN', 'There is no such customer, or none this viewer may act for.', 'customerId'),
    }),
    duplicates: (at) => ({
      input: { ...newOrders.good(at), lines: Array(2).fill({ productId: productId(at), quantity: 1 }) },
      error: refused(
        'DUPLICATE_PRODUCT',
        'A product stands on two lines; put the whole quantity on one.',
        ...['lines', '1', 'productId'],
      ),
    }),
    // One unit more than the good lines before it have left.
    oversell: (at, before) => {
      const left = unitsEach - before.filter((good) => productId(good) === productId(at)).length
      return {
        input: { ...newOrders.good(at), lines: [{ productId: productId(at), quantity: left + 1 }] },
        error: refused('INSUFFICIENT_STOCK', expect.stringContaining(` ${left} `), 'lines', '0', 'quantity'),
      }
    },
  },
}

const adjustments: Inputs = {
  mutation: 'stockAdjust',
  good: (at) => ({ productId: productId(at), quantity: 2, reason: 'COUNT' }),
  bad: {
    types: (at) => ({
      input: { ...adjustments.good(at), quantity: true },
      error: refused('BAD_USER_INPUT', 'Int cannot represent non-integer value: true', 'quantity'),
    }),
    'unknown ids': (at) => ({
      input: { ...adjustments.good(at), productId: 'product_nobody' },
      error: refused('PRODUCT_UNKNOWN', 'There is no such product.', 'productId'),
    }),
    oversell: (at, before) => {
      const left = unitsEach + 2 * before.filter((good) => productId(good) === productId(at)).length
      return {
        input: { ...adjustments.good(at), quantity: -left - 1 },
        error: refused('INSUFFICIENT_STOCK', expect.stringContaining(` ${left} can leave`), 'quantity'),
      }
    },
  },
}

const sumsOfProducts = `
  select count(*)::int as done, sum(m.qty_delta)::int as units, sum(p.qty_on_hand)::int as stock,
         (select count(*)::int from platform.pf_outbox where topic_nm = 'product.created') as events
  from commerce.md_product p join commerce.md_stock_move m on m.product_uid = p.uid where p.sku_cd like 'GOOD-%'`

/** Each with the units of a good line, and what the database sums up. */
const files = [
  {
    title: 'products as CSV',
    file: faultyFile(newProducts, csvForm, count),
    lacks: ['oversell'],
    units: 2,
    sums: sumsOfProducts,
  },
  {
    title: 'products as XML',
    file: faultyFile(newProducts, xmlForm, count),
    lacks: ['encoding', 'quotes', 'oversell', 'empty', 'wrong columns'],
    units: 2,
    sums: sumsOfProducts,
  },
  {
    title: 'orders as CSV',
    file: faultyFile(newOrders, csvForm, count),
    lacks: [],
    units: 1,
    sums: `select count(*)::int as done, sum(l.qty)::int as units,
                  (select sum(qty_reserved)::int from commerce.md_product) as stock,
                  (select count(*)::int from platform.pf_outbox where topic_nm = 'order.placed') as events
           from commerce.so_header h join commerce.so_line l on l.so_uid = h.uid where h.placed_ts > '2000-01-01'`,
  },
  {
    title: 'adjustments as NDJSON',
    file: faultyFile(adjustments, ndjsonForm, count),
    lacks: ['quotes', 'duplicates', 'wrong columns'],
    units: 2,
    sums: `select count(*)::int as done, sum(qty_delta)::int as units,
                  (select sum(qty_on_hand - ${unitsEach})::int from commerce.md_product) as stock,
                  (select count(*)::int from platform.pf_outbox where topic_nm = 'stock.changed') as events
           from commerce.md_stock_move where reason_cd = 'COUNT' and occurred_ts > '2000-01-01'`,
  },
]
const sums = z.object({ done: z.number(), units: z.number(), stock: z.number(), events: z.number() })

const serverOf = ({ config, serverDatabaseUrl }: World) =>
  ServerProcess.open({
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    DATA_DIR: config.dataDir,
    DATABASE_URL: serverDatabaseUrl,
  })

/** A request whose file is still to be sent, and its report. */
async function openRequest(world: World, { url }: ServerProcess, { mutation, type }: FaultyFile) {
  const authorization = `Bearer ${await world.tokenFor('admin')}`
  const headers = { authorization, 'content-type': type, 'idempotency-key': 'killed' }
  const sent = request(`${url}/bulk/import/${mutation}`, { method: 'POST', headers })
  // The report fails too.
  sent.on('error', () => {})
  const report = once(sent, 'response').then(([response]) => text(response))
  return { sent, report }
}

async function lastLineOf({ client }: World): Promise<number> {
  const [found] = await client.bulkImport.findMany({ select: { lastLine: true } })
  return found?.lastLine ?? 0
}

/** Sends the beginning of the file, and kills the server as soon as it has committed a chunk: in the middle of the next one. */
async function sendAndKill(world: World, file: FaultyFile, beginning: Buffer): Promise<void> {
  const before = await lastLineOf(world)
  await using server = await serverOf(world)
  const { sent, report } = await openRequest(world, server, file)
  sent.write(beginning)
  await expect.poll(() => lastLineOf(world), { timeout: 60_000, interval: 5 }).toBeGreaterThan(before)
  const broken = expect(report).rejects.toThrow()
  await server.end('SIGKILL')
  await broken
}

async function sendWhole(world: World, file: FaultyFile) {
  await using server = await serverOf(world)
  const { sent, report } = await openRequest(world, server, file)
  sent.end(file.whole)
  return readReport(await report)
}

it('the files have faults of twelve kinds', () => {
  expect(files.map(({ file }) => file.kinds)).toEqual(
    files.map(({ lacks }) => kinds.filter((kind) => !lacks.includes(kind))),
  )
  expect(kinds).toHaveLength(12)
})

it.each(files)(
  'an import of $title with one bad line in a hundred ends exactly although the server is killed three times',
  async ({ file, units, sums: sql }) => {
    console.log(`RANDOM_SEED=${seed}`)
    await using world = await createWorld()
    await world.client.product.updateMany({
      data: { stockOnHand: unitsEach, stockReserved: 0, discontinued: false },
    })
    for (let kill = 1; kill <= kills; kill++) await sendAndKill(world, file, file.beginning((kill + 1.5) * chunk))
    const { import: opened, results, end } = await sendWhole(world, file)
    expect(opened.goesOnBehindLine).toBeGreaterThan(0)
    expect(opened.goesOnBehindLine).toBeLessThan(count)
    expect(results).toEqual(
      file.lines.map(({ errors }, at) => {
        const line = file.firstLine + at
        return errors.length > 0
          ? { line, outcome: 'REFUSED', errors }
          : { line, outcome: 'DONE', id: expect.stringMatching(/^(product|order)_/) }
      }),
    )
    const done = file.good.length
    expect(done).toBe(count - count / 100)
    const lastLine = file.firstLine + file.lines.length - 1
    const summary = { state: 'DONE', lastLine, done, refused: file.lines.length - done }
    expect(end).toEqual(file.error ? { error: file.error } : { summary })
    expect(await world.rowsOf(sql, sums)).toEqual([{ done, units: units * done, stock: units * done, events: done }])
  },
  300_000,
)
