// The flat export by a program that does nothing else: its statement and its line are written here, without GraphQL, rules,
// row policy or budget. `/rows` answers with the lines, `/constant` with as many bytes of no meaning. They show what a process
// of Node.js can reach beside the database and its client.

import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import pg from 'pg'
import { formatMinor } from '../../src/commerce/money/money.ts'
import type { Values } from '../../src/platform/database/reads/row-reader.ts'
import { queryRows } from '../../src/platform/database/row-query.ts'
import { JsonBytes } from '../../src/platform/execution/compiled/json-bytes.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'

const size = 4000
const statement = `select nm, uid, sku_cd, qty_on_hand, qty_reserved, unit_price_minor::text, ccy from commerce.md_product
                   where (nm, uid) > ($1, $2) order by nm, uid limit ${size}`

/** The length of a line of a usual product. */
const lineLength = 160
const zeroId = '00000000-0000-0000-0000-000000000000'

const bodies: Record<string, (rows: readonly Values[]) => Buffer> = {
  '/rows': linesOf,
  '/constant': (rows) => Buffer.alloc(rows.length * lineLength, ' '),
}

const server = createServer(async (request, response) => {
  const body = bodies[request.url ?? '']
  if (body) await send(response, body)
  else response.writeHead(404).end()
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}`)
})

async function send(response: ServerResponse, body: (rows: readonly Values[]) => Buffer): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  await client.query('begin isolation level repeatable read read only')
  const read = (name: string, id: string) =>
    queryRows(client, { name: 'products', text: statement, values: [name, id] }, (values) => values)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  let ahead: Promise<Values[]> | undefined = read('', zeroId)
  while (ahead) {
    const rows: Values[] = await ahead
    const last = rows.at(-1)
    ahead = last && rows.length === size ? read(String(last[0]), String(last[1])) : undefined
    await nextTurn()
    if (!response.write(body(rows))) await new Promise((drained) => response.once('drain', drained))
  }
  response.end()
  await client.end()
}

function linesOf(rows: readonly Values[]): Buffer {
  const out = new JsonBytes(rows.length * lineLength)
  for (const [name, id, sku, onHand, reserved, unitPriceMinor, currency] of rows) {
    out.json('{"id":')
    out.string(encodeId('Product', String(id)))
    out.json(',"sku":')
    out.string(String(sku))
    out.json(',"name":')
    out.string(String(name))
    out.json(`,"available":${Number(onHand) - Number(reserved)},"unitPrice":{"amount":`)
    out.string(formatMinor(BigInt(String(unitPriceMinor)), String(currency)))
    out.json(',"currency":')
    out.string(String(currency))
    out.json('}}\n')
  }
  return out.end()
}
