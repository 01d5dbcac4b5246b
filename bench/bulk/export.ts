import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { ServerProcess } from '../../test/support/server-process.ts'
import { DatabaseCpu } from '../database-cpu.ts'
import { cpuMicros } from '../streams/process-cpu.ts'

interface ExportCase {
  name: string
  /** Whether by-hand.ts exports it too. */
  isFlat: boolean
  query: string
  /** What the export reads, as one SELECT. */
  sql: string
  /** How many rows a node brings, itself included. */
  rows: number
}

/** A flat list, and one with lists below. The SQL reads the same rows and columns in the same order. */
export async function exportCases(client: pg.Client): Promise<ExportCase[]> {
  const count = async (table: string) => {
    const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from commerce.${table}`)
    return rows[0]?.count ?? 0
  }
  const line = 'quantity unitPrice { amount } product { name }'
  return [
    {
      name: 'products',
      isFlat: true,
      query: '{ products { edges { node { id sku name available unitPrice { amount currency } } } } }',
      sql: `select uid, sku_cd, nm, qty_on_hand, qty_reserved, unit_price_minor, ccy from commerce.md_product
            order by nm, uid`,
      rows: await count('md_product'),
    },
    {
      name: 'orders',
      isFlat: false,
      query: `{ orders { edges { node { id number placedAt status lines { ${line} } } } } }`,
      sql: `select h.uid, h.doc_no, h.placed_ts, h.status_cd, array(
              select array[l.qty::text, l.unit_price_minor::text, h.ccy, p.nm] from commerce.so_line l
              join commerce.md_product p on p.uid = l.product_uid where l.so_uid = h.uid order by l.line_no)
            from commerce.so_header h order by h.placed_ts desc, h.uid desc`,
      rows: (await count('so_header')) + (await count('so_line')),
    },
  ]
}

interface Speed {
  seconds: number
  rowsPerSecond: number
  bytes: number
}

/** Bytes and seconds of `COPY (…) TO STDOUT`, read by this process. */
export async function copyOut(client: pg.Client, { sql, rows }: ExportCase): Promise<Speed> {
  let bytes = 0
  const startedAt = performance.now()
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done()
    },
  })
  await pipeline(client.query(copyTo(`copy (${sql}) to stdout`)), sink)
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, rowsPerSecond: rows / seconds, bytes }
}

/** The same of an export, read by this process. Its client is the plainest one, since it shares the machine. */
function exportOut(server: ServerProcess, token: string, { query, rows }: ExportCase): Promise<Speed> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    'accept-encoding': 'identity',
    authorization: `Bearer ${token}`,
  }
  return answerOut(
    () => request(`${server.url}/bulk/export`, { method: 'POST', headers }).end(JSON.stringify({ query })),
    rows,
  )
}

async function answerOut(send: () => ClientRequest, rows: number): Promise<Speed> {
  const startedAt = performance.now()
  const sent = send()
  const response: IncomingMessage = await new Promise((resolve, reject) =>
    sent.on('response', resolve).on('error', reject),
  )
  if (response.statusCode !== 200) throw new Error(await text(response))
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await finished(response)
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, rowsPerSecond: rows / seconds, bytes }
}

/** The same, with the CPU time of server and database for a row, in microseconds. */
export function exportCost(server: ServerProcess, client: pg.Client, token: string, of: ExportCase) {
  return withCost(server, client, of, () => exportOut(server, token, of))
}

/** The same of by-hand.ts at one of its paths. */
export function costByHand(program: ServerProcess, client: pg.Client, path: string, of: ExportCase) {
  return withCost(program, client, of, () => answerOut(() => request(`${program.url}${path}`).end(), of.rows))
}

async function withCost(program: ServerProcess, client: pg.Client, { rows }: ExportCase, read: () => Promise<Speed>) {
  const database = await DatabaseCpu.on(client)
  const before = cpuMicros(program.pid)
  const count = await database.count()
  const speed = await read()
  return { ...speed, server: (cpuMicros(program.pid) - before) / rows, database: (await count()) / rows }
}
