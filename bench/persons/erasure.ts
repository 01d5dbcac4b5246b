import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoStaff } from '../../prisma/demo/viewers.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { quantile, spreadOf } from '../statistics.ts'
import { table } from '../table.ts'

const usage = `npm run bench:persons                    how long an erasure takes, and what others notice of it
npm run bench:persons -- --orders 5000   of a customer with more orders
npm run bench:persons -- --rounds 5      more often`

/** Customers of the demo data that are erased, one in each round. */
const codes = ['ALFKI', 'ANATR', 'ANTON', 'AROUT', 'BERGS', 'BLAUS', 'BLONP', 'BOLID']
const callers = 4
const quietMs = 4000

interface Round {
  seconds: number
  quiet: number
  beside: number
}

async function measure(api: Api, code: string): Promise<Round> {
  const quiet = await api.placeFor(() => wait(quietMs))
  let seconds = Number.NaN
  const beside = await api.placeFor(async () => {
    seconds = await api.erase(encodeId('Customer', demoId('customer', code)))
  })
  return { seconds, quiet: p99(quiet), beside: p99(beside) }
}

function report(rounds: readonly Round[], orders: number): void {
  const rows = rounds.map(({ seconds, quiet, beside }, at) => [
    String(at + 1),
    seconds.toFixed(2),
    quiet.toFixed(1),
    beside.toFixed(1),
    (beside / quiet).toFixed(2),
  ])
  console.log(`a customer with ${orders} more orders of 3 lines, ${callers} callers of orderPlace\n`)
  console.log(table(['round', 'erasure s', 'orderPlace p99 ms', 'beside the erasure', 'ratio'], rows))
  const ratios = spreadOf(rounds.map(({ quiet, beside }) => beside / quiet))
  const longest = Math.max(...rounds.map(({ seconds }) => seconds))
  console.log(`\nmedian ratio ${ratios.median.toFixed(2)}, longest erasure ${longest.toFixed(2)} s`)
}

const asked = z.object({ data: z.object({ personErase: z.object({ personRequest: z.object({ id: z.string() }) }) }) })
const found = z.object({
  data: z.object({
    personRequest: z.object({ startedAt: z.coerce.date().nullable(), endedAt: z.coerce.date().nullable() }),
  }),
})
const placed = z.object({ data: z.object({ orderPlace: z.object({ userErrors: z.tuple([]) }) }) })

class Api {
  readonly #url: string
  readonly #token: string
  readonly #lines = [10, 20, 30].map((product) => ({
    productId: encodeId('Product', demoId('product', String(product))),
    quantity: 1,
  }))

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Places orders of another customer as long as the work lasts. Returns how long each took, in milliseconds. */
  async placeFor(work: () => Promise<unknown>): Promise<number[]> {
    let isOver = false
    const times: number[] = []
    const call = async () => {
      while (!isOver) times.push(await this.#place())
    }
    const calling = Array.from({ length: callers }, call)
    await work()
    isOver = true
    await Promise.all(calling)
    return times
  }

  /** How long an erasure ran, in seconds. */
  async erase(customerId: string): Promise<number> {
    const { data } = asked.parse(
      await this.#ask(
        `mutation ($id: ID!) { personErase(input: { customerId: $id, reason: NO_LONGER_NEEDED }) { personRequest { id } } }`,
        { id: customerId },
      ),
    )
    const { id } = data.personErase.personRequest
    for (;;) {
      const { personRequest } = found.parse(
        await this.#ask('query ($id: ID!) { personRequest(id: $id) { startedAt endedAt } }', { id }),
      ).data
      if (personRequest.startedAt && personRequest.endedAt)
        return (personRequest.endedAt.getTime() - personRequest.startedAt.getTime()) / 1000
      await wait(50)
    }
  }

  async #place(): Promise<number> {
    const since = performance.now()
    const input = {
      customerId: encodeId('Customer', demoId('customer', 'WOLZA')),
      lines: this.#lines,
      shipTo: { recipient: 'Zbyszek', street: 'ul. Filtrowa 68', city: 'Warszawa', country: 'PL' },
      idempotencyKey: randomUUID(),
    }
    placed.parse(
      await this.#ask('mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { code } } }', {
        input,
      }),
    )
    return performance.now() - since
  }

  async #ask(query: string, variables: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${this.#token}`,
      },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
}

/** Copies an order of the customer, with its lines and an invoice for half of the copies; products have enough in stock. */
async function addOrders(ownerUrl: string, code: string, count: number): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query(`update commerce.md_product set qty_on_hand = 100000000`)
    await client.query(
      `with source as (
         select h.* from commerce.so_header h join commerce.crm_customer c on c.uid = h.cust_uid
         where c.cust_cd = $1 order by h.doc_no limit 1),
       copied as (
         insert into commerce.so_header (uid, cust_uid, status_cd, ccy, placed_ts, freight_minor, total_minor, st_recip_nm,
           st_street, st_city, st_zip, st_ctry)
         select platform.pf_uuid_v7(), cust_uid, 'PLACED', ccy, now(), 0, total_minor, 'Recipient ' || n, 'Street ' || n,
           'City', '12345', st_ctry
         from source, generate_series(1, $2::int) n returning uid, total_minor),
       lines as (
         insert into commerce.so_line (uid, so_uid, line_no, product_uid, qty, unit_price_minor)
         select platform.pf_uuid_v7(), c.uid, l.n, p.uid, 1, 100
         from copied c, generate_series(1, 3) l(n) join (select uid, row_number() over (order by uid) as n from commerce.md_product) p on p.n = l.n)
       insert into commerce.ar_invoice (uid, doc_no, so_uid, issued_ts, amount_minor)
       select platform.pf_uuid_v7(), 'B-' || $1 || '-' || row_number() over (), uid, now(), total_minor from copied
       limit $2::int / 2`,
      [code, count],
    )
  })
}

function p99(times: readonly number[]): number {
  return quantile(Float64Array.from(times).sort(), 0.99)
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

await runScript(usage, async () => {
  const given = readOptions({ orders: { type: 'string' }, rounds: { type: 'string' } })
  const orders = countOption('--orders', given.orders, 1000)
  const rounds = Math.min(codes.length, countOption('--rounds', given.rounds, 3))
  await using database = await openDemoDatabase()
  for (const code of codes.slice(0, rounds)) await addOrders(database.ownerUrl, code, orders)
  const token = await developmentToken(database.dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoStaff('admin'))
  await using server = await ServerProcess.open({
    ...{ LOG_LEVEL: 'warn', LOG_FORMAT: 'json', DATA_DIR: database.dataDir, DATABASE_URL: database.url },
    ...{ RATE_LIMIT_CAPACITY: '1000000000', RATE_LIMIT_RESTORE_PER_SECOND: '1000000', ERASURE_DELAY_HOURS: '0' },
  })
  const api = new Api(server.url, token)
  await api.placeFor(async () => wait(2000))
  const measured = []
  for (const code of codes.slice(0, rounds)) measured.push(await measure(api, code))
  report(measured, orders)
})
