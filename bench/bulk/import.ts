import { randomUUID } from 'node:crypto'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import type { ServerProcess } from '../../test/support/server-process.ts'
import { DatabaseCpu } from '../database-cpu.ts'
import { cpuMicros } from '../streams/process-cpu.ts'

/** The lines of a file, which need not be in memory at once. */
export interface Lines {
  count: number
  pieces: () => Iterable<string>
}

/** Seconds of an import, with the CPU time of server and database for a line, in microseconds. */
export async function importIn(
  server: ServerProcess,
  client: pg.Client,
  token: string,
  mutation: string,
  { count: lines, pieces }: Lines,
) {
  const database = await DatabaseCpu.on(client)
  const before = cpuMicros(server.pid)
  const count = await database.count()
  const startedAt = performance.now()
  const headers = {
    'content-type': 'application/x-ndjson',
    'idempotency-key': randomUUID(),
    authorization: `Bearer ${token}`,
  }
  const sent = request(`${server.url}/bulk/import/${mutation}`, { method: 'POST', headers })
  const report = answerTo(sent)
  await Promise.all([pipeline(Readable.from(pieces()), sent), report])
  const seconds = (performance.now() - startedAt) / 1000
  const end = await report
  if (!end.includes(`"done":${lines}`)) throw new Error(end)
  return { seconds, lines, server: (cpuMicros(server.pid) - before) / lines, database: (await count()) / lines }
}

/** The last part of the response, which has the summary of an import. */
async function answerTo(sent: ClientRequest): Promise<string> {
  const response: IncomingMessage = await new Promise((resolve, reject) =>
    sent.on('response', resolve).on('error', reject),
  )
  let end = ''
  for await (const piece of response.setEncoding('utf8')) end = (end + piece).slice(-2000)
  return end
}

const prefix = (round: number) => `BULK-${round}-`

/** Inputs of new products, one a line. */
export async function newProducts(client: pg.Client, count: number, round: number): Promise<Lines> {
  const { rows } = await client.query<{ supplier: string; category: string }>(
    `select (select uid from commerce.md_supplier limit 1) as supplier, (select uid from commerce.md_category limit 1) as category`,
  )
  const supplierId = encodeId('Supplier', rows[0]?.supplier ?? '')
  const categoryId = encodeId('Category', rows[0]?.category ?? '')
  const lineAt = (at: number) => {
    const unitPrice = { amount: `${(at % 900) + 1}.50`, currency: 'USD' }
    const sku = `${prefix(round)}${at}`
    const input = { sku, name: `Product ${at} in bulk`, unitPrice, stockOnHand: 10, supplierId, categoryId }
    return `${JSON.stringify(input)}\n`
  }
  return { count, pieces: () => piecesOf(count, lineAt) }
}

const pieceLines = 1000

function* piecesOf(count: number, lineAt: (at: number) => string): Generator<string> {
  for (let from = 0; from < count; from += pieceLines) {
    let piece = ''
    for (let at = from; at < Math.min(count, from + pieceLines); at++) piece += lineAt(at)
    yield piece
  }
}

/** Inputs that adjust the stock of each of these products. */
export async function adjustments(client: pg.Client, round: number): Promise<Lines> {
  const { rows } = await client.query<{ uid: string }>('select uid from commerce.md_product where sku_cd like $1', [
    `${prefix(round)}%`,
  ])
  const lineAt = (at: number) => {
    const productId = encodeId('Product', rows[at]?.uid ?? '')
    return `${JSON.stringify({ productId, quantity: 3, reason: 'DELIVERY' })}\n`
  }
  return { count: rows.length, pieces: () => piecesOf(rows.length, lineAt) }
}

interface CopiedTable {
  name: string
  columns: string
  text: string
}

/** The rows that an import has written into its tables, with other keys, as COPY takes them. */
export async function rowsOfImport(client: pg.Client, round: number): Promise<CopiedTable[]> {
  const own = `sku_cd like '${prefix(round)}%'`
  // Each key becomes another one, the same in every table.
  const other = (uid: string) => `md5(${uid}::text)::uuid`
  const tables = [
    {
      name: 'commerce.md_product',
      columns: 'uid, sku_cd, nm, unit_price_minor, ccy, qty_on_hand, supplier_uid, category_uid',
      select: `select ${other('uid')}, 'COPY-' || sku_cd, nm, unit_price_minor, ccy, qty_on_hand, supplier_uid, category_uid
               from commerce.md_product where ${own}`,
    },
    {
      name: 'commerce.md_stock_move',
      columns: 'uid, product_uid, qty_delta, reason_cd, occurred_ts',
      select: `select ${other('m.uid')}, ${other('product_uid')}, qty_delta, reason_cd, occurred_ts
               from commerce.md_stock_move m join commerce.md_product p on p.uid = m.product_uid where ${own}`,
    },
    {
      name: 'platform.pf_outbox',
      columns: 'uid, topic_nm, agg_type, agg_key, agg_seq, actor_kind, event_doc',
      select: `select ${other('o.uid')}, topic_nm, agg_type, ${other('p.uid')}::text, agg_seq, actor_kind, event_doc
               from commerce.md_product p join platform.pf_outbox o on o.agg_type = 'Product' and o.agg_key = p.uid::text
               where ${own}`,
    },
  ]
  const copied: CopiedTable[] = []
  for (const { select, ...table } of tables)
    copied.push({ ...table, text: await text(client.query(copyTo(`copy (${select}) to stdout`))) })
  return copied
}

/** Copies rows into their tables. Returns the seconds. */
export async function copyIn(client: pg.Client, tables: readonly CopiedTable[]): Promise<number> {
  const startedAt = performance.now()
  // As in sessions of the server: the events are among the rows.
  await client.query("set frontdoor.tells = 'on'")
  for (const { name, columns, text } of tables)
    await pipeline(Readable.from([text]), client.query(copyFrom(`copy ${name} (${columns}) from stdin`)))
  await client.query('reset frontdoor.tells')
  return (performance.now() - startedAt) / 1000
}
