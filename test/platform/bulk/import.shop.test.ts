import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { Lock } from '../support/lock.ts'
import { askImport, importReport, ndjson } from './support/import.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const supplierId = encodeId('Supplier', demoId('supplier', '1'))
const categoryId = encodeId('Category', demoId('category', '1'))
let skus = 0
const newSku = () => `IMPORT-${++skus}`
const product = (change: object = {}) => ({
  sku: newSku(),
  name: 'Imported',
  unitPrice: { amount: '1.50', currency: 'USD' },
  stockOnHand: 7,
  supplierId,
  categoryId,
  ...change,
})
const stored = (sku: string) =>
  world.client.product.findUnique({ where: { sku }, select: { name: true, stockOnHand: true, unitPriceMinor: true } })
const outcomes = ({ results }: Awaited<ReturnType<typeof importReport>>) =>
  results.map(({ line, outcome, errors = [] }) => [line, outcome, ...errors.map(({ code }) => code)])

describe('an import of products', () => {
  it('does each line, and writes events, ledger and audit trail like a single call', async () => {
    const inputs = Array.from({ length: 1200 }, () => product())
    const audited = (await world.audited()).length
    const report = await importReport(world, 'productCreate', ndjson(inputs))
    expect(report.end).toEqual({ summary: { state: 'DONE', lastLine: 1200, done: 1200, refused: 0 } })
    expect(report.results).toEqual(
      inputs.map((_input, at) => ({ line: at + 1, outcome: 'DONE', id: expect.stringMatching(/^product_/) })),
    )
    expect(await stored(inputs[1199]?.sku ?? '')).toEqual({ name: 'Imported', stockOnHand: 7, unitPriceMinor: 150n })
    const written = await world.rowsOf(
      `select (select count(*) from platform.pf_outbox where topic_nm = 'product.created')::int as created,
              (select count(*) from platform.pf_outbox where topic_nm = 'stock.changed')::int as stock,
              (select count(*) from commerce.md_stock_move m join commerce.md_product p on p.uid = m.product_uid
               where p.sku_cd like 'IMPORT-%')::int as movements`,
      z.object({ created: z.number(), stock: z.number(), movements: z.number() }),
    )
    expect(written).toEqual([{ created: 1200, stock: 1200, movements: 1200 }])
    const entries = (await world.audited()).slice(audited)
    // An entry for each chunk.
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual(Array(6).fill(['productCreate', 'DONE']))
    expect(entries.flatMap(({ subjectIds }) => subjectIds)).toHaveLength(1200)
  })

  it('takes as many statements for 200 lines as for a few', async () => {
    const count = async (lines: number) => {
      const inputs = Array.from({ length: lines }, () => product())
      const statements = await world.statementsOf(() => importReport(world, 'productCreate', ndjson(inputs)))
      return statements.length
    }
    const few = await count(3)
    expect(await count(200)).toBe(few)
    expect(few).toBeLessThan(20)
  })

  it('refuses lines as a single call does, also those that repeat an earlier line, and skips them', async () => {
    const [first, second] = [product(), product()]
    const report = await importReport(
      world,
      'productCreate',
      ndjson([
        first,
        { ...product(), sku: first.sku },
        product({ supplierId: 'supplier_nobody', categoryId: 'x' }),
        { ...product({ categoryId: 'x' }), sku: first.sku },
        product({ unitPrice: { amount: '-1', currency: 'USD' }, name: ' ' }),
        second,
      ]),
    )
    expect(outcomes(report)).toEqual([
      [1, 'DONE'],
      [2, 'REFUSED', 'SKU_TAKEN'],
      [3, 'REFUSED', 'SUPPLIER_UNKNOWN', 'CATEGORY_UNKNOWN'],
      [4, 'REFUSED', 'CATEGORY_UNKNOWN'],
      [5, 'REFUSED', 'BLANK', 'INVALID_AMOUNT'],
      [6, 'DONE'],
    ])
    expect(report.end).toEqual({ summary: { state: 'DONE', lastLine: 6, done: 2, refused: 4 } })
    expect(report.results[1]?.errors).toEqual([
      { code: 'SKU_TAKEN', message: 'Another product has this SKU.', path: ['input', 'sku'] },
    ])
  })

  it('stops at the first refused line where it is told to', async () => {
    const inputs = [product(), product({ name: '' }), product()]
    const report = await importReport(world, 'productCreate', ndjson(inputs), { search: '?onError=stop' })
    expect(outcomes(report)).toEqual([
      [1, 'DONE'],
      [2, 'REFUSED', 'BLANK'],
    ])
    expect(report.end).toEqual({ summary: { state: 'STOPPED', lastLine: 2, done: 1, refused: 1 } })
    expect([await stored(inputs[0]?.sku ?? ''), await stored(inputs[2]?.sku ?? '')]).toEqual([expect.anything(), null])
  })

  it('rolls everything back for one refused line where it is told to, and does all where there is none', async () => {
    const inputs = Array.from({ length: 700 }, () => product())
    const bad = await importReport(world, 'productCreate', ndjson([...inputs, product({ name: '' })]), {
      search: '?onError=rollback',
    })
    expect(bad.end).toEqual({ summary: { state: 'ROLLED_BACK', lastLine: 701, done: 0, refused: 1 } })
    expect(bad.results.filter(({ outcome }) => outcome === 'VALID')).toHaveLength(700)
    expect(await stored(inputs[0]?.sku ?? '')).toBeNull()
    const good = await importReport(world, 'productCreate', ndjson(inputs), { search: '?onError=rollback' })
    expect(good.end).toEqual({ summary: { state: 'DONE', lastLine: 700, done: 700, refused: 0 } })
    expect(await stored(inputs[699]?.sku ?? '')).toMatchObject({ stockOnHand: 7 })
  })

  it('checks all and writes nothing in a dry run', async () => {
    const inputs = [product(), product({ name: '' })]
    const report = await importReport(world, 'productCreate', ndjson(inputs), { search: '?dryRun=true' })
    expect(outcomes(report)).toEqual([
      [1, 'VALID'],
      [2, 'REFUSED', 'BLANK'],
    ])
    expect(await stored(inputs[0]?.sku ?? '')).toBeNull()
  })
})

describe('a chunk that does its work while those before are under way', () => {
  const nobody = encodeId('Supplier', '00000000-0000-7000-8000-000000000000')
  /** 405 lines in chunks of 200, one of which repeats a line of the first chunk. */
  const inputs = (repeating: number) => {
    const lines = Array.from({ length: 405 }, () => product())
    return lines.with(repeating - 1, { ...product({ supplierId: nobody }), sku: lines[7]?.sku ?? '' })
  }
  const sessions = `from pg_stat_activity where datname = current_database()`

  /** Imports, and does something once the first chunk is all but committed and those behind it have done their work. */
  async function between(body: readonly object[], key: string, act: () => Promise<unknown>) {
    await using lock = await Lock.on('platform.pf_import_chunk', world, 'share')
    const report = importReport(world, 'productCreate', ndjson(body), { key })
    await lock.waitedForBy(1)
    await vi.waitUntil(async () => {
      const isWorked = `state = 'idle in transaction' and query like '%insert into platform.pf_outbox%'`
      return (await world.rowsOf(`select pid ${sessions} and ${isWorked}`, z.object({ pid: z.number() }))).length === 2
    })
    await act()
    await lock.release()
    return report
  }

  it.each([202, 402])('does it again where line %i has read what the first of them wrote', async (line) => {
    const report = await between(inputs(line), `beside-${line}`, async () => {})
    expect(outcomes(report).filter(([, outcome]) => outcome !== 'DONE')).toEqual([
      [line, 'REFUSED', 'SKU_TAKEN', 'SUPPLIER_UNKNOWN'],
    ])
    expect(report.end).toEqual({ summary: { state: 'DONE', lastLine: 405, done: 404, refused: 1 } })
  })

  it('does it again where it holds what the one before needs', async () => {
    const [first, second] = (
      await importReport(world, 'productCreate', ndjson([product(), product({ stockOnHand: 1 })]))
    ).results.map(({ id }) => id)
    const order = (...products: (string | undefined)[]) => ({
      customerId: encodeId('Customer', demoId('customer', 'ALFKI')),
      lines: products.map((productId) => ({ productId, quantity: 1 })),
      shipTo: { recipient: 'R', street: 'S', city: 'C', country: 'DE' },
    })
    const fill = Array.from({ length: 198 }, () => ({ ...order(first), customerId: 'customer_nobody' }))
    // The second line waits for the first one. By then the chunk behind has locked the only unit.
    const body = [order(first), order(first, second), ...fill, order(second)]
    const report = await importReport(world, 'orderPlace', ndjson(body))
    expect([0, 1, 200].map((at) => outcomes(report)[at])).toEqual([
      [1, 'DONE'],
      [2, 'DONE'],
      [201, 'REFUSED', 'INSUFFICIENT_STOCK'],
    ])
    expect(report.end).toEqual({ summary: { state: 'DONE', lastLine: 201, done: 2, refused: 199 } })
  })

  it('leaves nothing where the first of them is undone, as those behind it, and is done when the import is sent again', async () => {
    const body = inputs(202)
    const ended = z.object({ ended: z.literal(true) })
    const cut = await between(body, 'undone', () =>
      world.rowsOf(`select pg_terminate_backend(pid, 10000) as ended ${sessions} and wait_event_type = 'Lock'`, ended),
    )
    expect([cut.results, cut.end]).toEqual([[], { error: expect.objectContaining({ code: 'UNAVAILABLE' }) }])
    for (const at of [0, 200, 400]) expect(await stored(body[at]?.sku ?? '')).toBeNull()
    const again = await importReport(world, 'productCreate', ndjson(body), { key: 'undone' })
    expect(again.end).toEqual({ summary: { state: 'DONE', lastLine: 405, done: 404, refused: 1 } })
  })
})

describe('an import that is sent again with its key', () => {
  it('does nothing twice, and reports the same', async () => {
    const body = ndjson(Array.from({ length: 600 }, (_, at) => product(at === 3 ? { name: '' } : {})))
    const key = 'again'
    const once = await importReport(world, 'productCreate', body, { key })
    const again = await importReport(world, 'productCreate', body, { key })
    expect(again.results).toEqual(once.results)
    expect(again.end).toEqual(once.end)
    expect(again.import).toEqual({ ...once.import, goesOnBehindLine: 600 })
  })

  it('that stopped says so again, and does nothing behind the line', async () => {
    const body = ndjson([product(), product({ name: '' }), product()])
    const options = { key: 'stopped', search: '?onError=stop' }
    const once = await importReport(world, 'productCreate', body, options)
    const again = await importReport(world, 'productCreate', body, options)
    expect([again.results, again.end]).toEqual([once.results, once.end])
  })

  it('is refused with other lines, or for another mutation', async () => {
    const key = 'other'
    await importReport(world, 'productCreate', ndjson([product()]), { key })
    const other = await importReport(world, 'productCreate', ndjson([product()]), { key })
    expect(other.end).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } })
    const response = await askImport(world, 'customerCreate', ndjson([{}]), { key })
    expect(response.status).toBe(422)
  })

  it('shows its progress to those who may use its mutation', async () => {
    const report = await importReport(world, 'productCreate', ndjson([product(), product({ name: '' })]))
    const query =
      'query ($id: ID!) { bulkImport(id: $id) { mutation onError isDryRun state lastLine doneCount refusedCount } }'
    const shape = z.object({ bulkImport: z.unknown() })
    const shown = dataOf(await world.as('admin').query(query, { id: report.import.id }), shape)
    expect(shown.bulkImport).toEqual({
      mutation: 'productCreate',
      onError: 'SKIP',
      isDryRun: false,
      state: 'DONE',
      lastLine: 2,
      doneCount: 1,
      refusedCount: 1,
    })
    expect(dataOf(await world.as('customer ALFKI').query(query, { id: report.import.id }), shape).bulkImport).toBeNull()
  })
})

describe('other forms', () => {
  const header = 'sku,name,unitPrice.amount,unitPrice.currency,stockOnHand,supplierId,categoryId'

  it('reads CSV, with quotes, line breaks in cells, a byte order mark and CRLF', async () => {
    const [one, two] = [newSku(), newSku()]
    const rest = `3.25,USD,4,${supplierId},${categoryId}`
    const body = `\ufeff${header}\r\n${one},"A ""fine"", large\r\nproduct",${rest}\r\n${two},Plain,${rest}\r\n`
    const report = await importReport(world, 'productCreate', body, { type: 'text/csv' })
    expect(outcomes(report)).toEqual([
      [2, 'REFUSED', 'INVALID_CHARACTER'],
      [4, 'DONE'],
    ])
    expect(await stored(two)).toEqual({ name: 'Plain', stockOnHand: 4, unitPriceMinor: 325n })
  })

  it('refuses the line whose quote is never closed, and reads those behind it', async () => {
    const rest = `3.25,USD,4,${supplierId},${categoryId}`
    const body = `${header}\n${newSku()},"Open,${rest}\n${newSku()},Plain,${rest}\n${newSku()},"Quoted",${rest}\n`
    const report = await importReport(world, 'productCreate', body, { type: 'text/csv' })
    expect(report.results[0]?.errors?.[0]?.message).toBe('A quote is not closed.')
    expect(outcomes(report)).toEqual([
      [2, 'REFUSED', 'BAD_USER_INPUT'],
      [3, 'DONE'],
      [4, 'DONE'],
    ])
  })

  it('reads XML, with elements below for objects and lists', async () => {
    const sku = newSku()
    const body = `<?xml version="1.0"?><products><product><sku>${sku}</sku><name>A &amp; B</name>
      <unitPrice><amount>2</amount><currency>USD</currency></unitPrice><supplierId>${supplierId}</supplierId>
      <categoryId>${categoryId}</categoryId></product></products>`
    const report = await importReport(world, 'productCreate', body, { type: 'application/xml' })
    expect(outcomes(report)).toEqual([[1, 'DONE']])
    expect(await stored(sku)).toMatchObject({ name: 'A & B', unitPriceMinor: 200n })
  })

  it('of lines that cannot be read reports each, and goes on behind it', async () => {
    const good = JSON.stringify(product())
    const long = `{"sku": "${'x'.repeat(1_100_000)}"}`
    const body = Buffer.concat(
      [
        Buffer.from('\ufeff'),
        Buffer.from(`${good}\r\n`),
        Buffer.from('\n'),
        Buffer.from('{"sku": "half\n'),
        Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
        Buffer.from(`${long}\n`),
        Buffer.from('[1]\n'),
        Buffer.from(`${JSON.stringify(product({ stockOnHand: 'many', color: 'red' }))}\n`),
        Buffer.from(`${JSON.stringify(product())}\n`),
        Buffer.from('{"sku"'),
      ].flat(),
    )
    const report = await importReport(world, 'productCreate', Uint8Array.from(body))
    expect(outcomes(report)).toEqual([
      [1, 'DONE'],
      [2, 'REFUSED', 'BAD_USER_INPUT'],
      [3, 'REFUSED', 'BAD_USER_INPUT'],
      [4, 'REFUSED', 'BAD_USER_INPUT'],
      [5, 'REFUSED', 'BAD_USER_INPUT'],
      [6, 'REFUSED', 'BAD_USER_INPUT'],
      [7, 'REFUSED', 'BAD_USER_INPUT', 'BAD_USER_INPUT'],
      [8, 'DONE'],
      [9, 'REFUSED', 'BAD_USER_INPUT'],
    ])
  })

  it('ends where XML cannot be read any more, and does the rows before', async () => {
    const skus = [newSku(), newSku()]
    const rows = skus.map(
      (
        sku,
      ) => `<product><sku>${sku}</sku><name>Before</name><unitPrice><amount>2</amount><currency>USD</currency></unitPrice>
        <supplierId>${supplierId}</supplierId><categoryId>${categoryId}</categoryId></product>`,
    )
    const importOf = (...last: (string | Uint8Array)[]) => {
      const body = Buffer.concat([`<products>${rows.join('\n')}\n`, ...last].map((part) => Buffer.from(part)))
      return importReport(world, 'productCreate', Uint8Array.from(body), { type: 'application/xml' })
    }
    const broken = await importOf('<product></wrong>')
    expect(outcomes(broken)).toEqual([
      [1, 'DONE'],
      [3, 'DONE'],
    ])
    expect(broken.end).toEqual({
      error: { code: 'BAD_USER_INPUT', line: 5, message: expect.stringMatching(/^It is no XML/) },
    })
    expect(await stored(skus[1] ?? '')).toMatchObject({ name: 'Before' })
    const notUtf8 = await importOf('<product>', Uint8Array.of(0xff))
    expect(outcomes(notUtf8)).toEqual([
      [1, 'REFUSED', 'SKU_TAKEN'],
      [3, 'REFUSED', 'SKU_TAKEN'],
    ])
    expect(notUtf8.end).toEqual({
      error: { code: 'BAD_USER_INPUT', line: 5, message: 'It is no XML: it is not UTF-8.' },
    })
    const deep = await importOf('<product>\n'.repeat(100))
    expect(deep.end).toMatchObject({ error: { line: 54, message: 'It is no XML: elements are more than 50 deep.' } })
  })
})

describe('stock', () => {
  it('is adjusted in the order of the lines, each on what the ones before it left', async () => {
    const sku = newSku()
    const { results } = await importReport(world, 'productCreate', ndjson([product({ sku })]))
    const productId = results[0]?.id
    const adjust = (quantity: number) => ({ productId, quantity, reason: 'COUNT' })
    const report = await importReport(
      world,
      'stockAdjust',
      ndjson([adjust(3), adjust(-11), adjust(-10), adjust(0), adjust(5)]),
    )
    expect(outcomes(report)).toEqual([
      [1, 'DONE'],
      [2, 'REFUSED', 'INSUFFICIENT_STOCK'],
      [3, 'DONE'],
      [4, 'REFUSED', 'INVALID_QUANTITY'],
      [5, 'DONE'],
    ])
    expect(await stored(sku)).toMatchObject({ stockOnHand: 5 })
  })
})

it('may take longer to arrive than other requests', async () => {
  await using slow = await createWorld({ env: { REQUEST_TIMEOUT_MS: '100', HEADERS_TIMEOUT_MS: '100' } })
  const headers = {
    authorization: `Bearer ${await slow.tokenFor('admin')}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': 'slow',
  }
  const sent = request(new URL('/bulk/import/productCreate', slow.url), { method: 'POST', headers })
  const answered = once(sent, 'response')
  sent.flushHeaders()
  // Longer than the interval in which Node looks for slow requests.
  for (let line = 1; line <= 2; line++) {
    sent.write(ndjson([product()]))
    await pause(1200)
  }
  sent.end()
  const [response] = await answered
  expect(await text(response)).toContain('"done":2')
})

describe('an import is refused', () => {
  const status = async (...request: Parameters<typeof askImport>) => {
    const response = await askImport(...request)
    const { errors } = z
      .object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })) })
      .parse(await response.json())
    return [response.status, ...errors.map(({ extensions }) => extensions.code)]
  }

  it('without a right to its mutation', async () => {
    expect(await status(world, 'productCreate', '', { viewer: 'anonymous' })).toEqual([401, 'UNAUTHENTICATED'])
    expect(await status(world, 'productCreate', '', { viewer: 'customer ALFKI' })).toEqual([403, 'FORBIDDEN'])
    expect((await world.audited()).at(-1)).toMatchObject({ action: 'productCreate', outcome: 'DENIED' })
  })

  it('without a key, in an unknown form, for an unknown mutation, or with wrong options', async () => {
    expect(await status(world, 'productCreate', '', { key: '' })).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED'])
    expect(await status(world, 'productCreate', '', { type: 'text/plain' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    expect(await status(world, 'orderCancel', '')).toEqual([404, 'NOT_FOUND'])
    expect(await status(world, 'productCreate', '', { search: '?onError=ignore' })).toEqual([400, 'BAD_USER_INPUT'])
  })
})
