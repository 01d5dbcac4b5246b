import { once } from 'node:events'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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
}

/** The time of `COPY (…) TO STDOUT`, read by this process. */
export async function copyOut(client: pg.Client, { sql, rows }: ExportCase): Promise<Speed> {
  const startedAt = performance.now()
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  await pipeline(client.query(copyTo(`copy (${sql}) to stdout`)), sink)
  return speedSince(startedAt, rows)
}

function speedSince(startedAt: number, rows: number): Speed {
  const seconds = (performance.now() - startedAt) / 1000
  return { seconds, rowsPerSecond: rows / seconds }
}

/** The same of an export. */
function exportOut({ url }: ServerProcess, token: string, { query, rows }: ExportCase): Promise<Speed> {
  const body = JSON.stringify({ query })
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'application/x-ndjson',
    'accept-encoding': 'identity',
    authorization: `Bearer ${token}`,
  }
  return responseOut(`${url}/bulk/export`, { method: 'POST', headers, body }, rows)
}

interface Sent {
  method: string
  headers?: Record<string, string>
  body?: string
}

const begunWell = 'HTTP/1.1 200 '
/** Of a response in chunks (RFC 9112, section 7.1). */
const endedWell = '\r\n0\r\n\r\n'

/**
 * Reads into one buffer. node:http makes a buffer of each piece, and their collection takes a tenth of the machine, which
 * server and database share, also while COPY is measured beside them.
 */
async function responseOut(url: string, { method, headers = {}, body = '' }: Sent, rows: number): Promise<Speed> {
  const { hostname, port, host, pathname } = new URL(url)
  const lines = Object.entries({ host, connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const buffer = Buffer.alloc(65_536)
  let beginning = ''
  let end = ''
  const callback = (length: number) => {
    beginning ||= buffer.toString('latin1', 0, length)
    end = (end + buffer.toString('latin1', Math.max(0, length - endedWell.length), length)).slice(-endedWell.length)
    return true
  }
  const startedAt = performance.now()
  const socket = connect({ host: hostname, port: Number(port), onread: { buffer, callback } })
  socket.write(`${method} ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  await once(socket, 'close')
  if (!beginning.startsWith(begunWell) || end !== endedWell) throw new Error(beginning)
  return speedSince(startedAt, rows)
}

/** The same, with the CPU time of server and database for a row, in microseconds. */
export function exportCost(server: ServerProcess, client: pg.Client, token: string, of: ExportCase) {
  return withCost(server, client, of, () => exportOut(server, token, of))
}

/** The same of by-hand.ts at one of its paths. */
export function costByHand(program: ServerProcess, client: pg.Client, path: string, of: ExportCase) {
  return withCost(program, client, of, () => responseOut(`${program.url}${path}`, { method: 'GET' }, of.rows))
}

async function withCost(program: ServerProcess, client: pg.Client, { rows }: ExportCase, read: () => Promise<Speed>) {
  const database = await DatabaseCpu.on(client)
  const before = cpuMicros(program.pid)
  const count = await database.count()
  const speed = await read()
  return { ...speed, server: (cpuMicros(program.pid) - before) / rows, database: (await count()) / rows }
}
