import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { installPackages } from '../../scripts/install-packages.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { gauge } from '../platform/events/support/stream.ts'
import { Cable } from '../platform/support/cable.ts'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { folder, runScript } from './support/run-script.ts'

const root = join(import.meta.dirname, '../..')
const names = ['apollo', 'codegen', 'fetch', 'gql-tada', 'graphql-request', 'persisted-get', 'relay', 'urql'] as const
type Name = (typeof names)[number]
/** The viewer of each program; the others are anonymous. */
const callers: Partial<Record<Name, string>> = {
  apollo: 'customer ANATR',
  codegen: 'customer BONAP',
  fetch: 'customer ALFKI',
  'graphql-request': 'admin',
  urql: 'customer FRANK',
}

let world: World
let proxy: Awaited<ReturnType<typeof startLossyProxy>>
let checked: string
const printed = new Map<Name, unknown>()
beforeAll(async () => {
  installPackages(folder, 'the example clients')
  await runScript('generate')
  world = await createWorld({
    env: {
      TRUSTED_DOCUMENTS: 'log',
      TRUSTED_DOCUMENTS_PATH: join(folder, 'manifests'),
      RESPONSE_CACHE_BYTES: '1000000',
      RESPONSE_MAX_AGE_SECONDS: '7',
    },
  })
  proxy = await startLossyProxy(world.url)
  const programs = names.map(async (name) => {
    const token = callers[name] && (await world.tokenFor(callers[name]))
    const url = name === 'fetch' ? proxy.url : world.url
    printed.set(name, JSON.parse(await runScript(name, { FRONTDOOR_URL: url, FRONTDOOR_TOKEN: token })))
  })
  const check = async () => {
    checked = await runScript('check')
  }
  await Promise.all([check(), ...programs])
}, 300_000)
afterAll(async () => {
  proxy?.server.close()
  await world?.close()
})

/** Stands before the server and drops the response to the first mutation, which was performed. */
async function startLossyProxy(url: string) {
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const answer = await fetch(`${url}${request.url}`, { method: 'POST', headers: forwarded(request), body })
    const isLost = body.includes('mutation') && !statuses.includes(502)
    statuses.push(isLost ? 502 : answer.status)
    response.writeHead(isLost ? 502 : answer.status).end(isLost ? '<h1>Bad Gateway</h1>' : await answer.text())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  return { server, statuses, url: `http://127.0.0.1:${address.port}` }
}

function forwarded({ headers }: IncomingMessage): Record<string, string> {
  const names = ['accept', 'authorization', 'content-type', 'graphql-client-name', 'graphql-client-version']
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]))
}

const logLine = z.object({ client: z.string(), operation: z.string().optional(), statements: z.number() })

/** The operations of a client, in order, each with its number of statements. */
function operationsOf(name: Name): string[] {
  const lines = world.logLines.map((line) => logLine.safeParse(JSON.parse(line)).data)
  return lines.filter((line) => line?.client === name).map((line) => `${line?.operation} ${line?.statements}`)
}

it('all written and generated client code passes `tsc --strict`', () => {
  expect(checked).toBe('')
})

describe('the program of', () => {
  it('fetch reads two pages, and places one order although the response is lost', () => {
    const order = { number: 11078, total: { amount: '44.00', currency: 'USD' } }
    expect(printed.get('fetch')).toEqual({
      pages: [
        ['Aniseed Syrup', 'Boston Crab Meat', 'Camembert Pierrot'],
        ['Carnarvon Tigers', 'Chartreuse verte', "Chef Anton's Cajun Seasoning"],
      ],
      placed: { order, replayed: true, userErrors: [] },
      again: { order, replayed: true, userErrors: [] },
      refused: 'INVALID_ID',
    })
    expect(proxy.statuses).toEqual([200, 200, 502, 200, 200, 200])
    expect(operationsOf('fetch').map((line) => line.split(' ')[0])).toEqual([
      ...['ProductPage', 'ProductPage', 'PlaceOrder', 'PlaceOrder', 'PlaceOrder', 'One'],
    ])
  })

  it('the Code Generator reads all orders of a customer, and shows the user error of another order at its input', () => {
    expect(printed.get('codegen')).toEqual({
      requests: 2,
      orders: [
        ...['10331 SHIPPED 88.50 USD', '10340 SHIPPED 2436.18 USD', '10362 SHIPPED 1549.60 USD'],
        ...['10470 SHIPPED 1820.80 USD', '10511 SHIPPED 2550.00 USD', '10525 SHIPPED 818.40 USD'],
        ...['10663 SHIPPED 1930.40 USD', '10715 SHIPPED 1296.00 USD', '10730 SHIPPED 484.27 USD'],
        ...['10732 SHIPPED 360.00 USD', '10755 SHIPPED 1948.50 USD', '10827 SHIPPED 843.00 USD'],
        ...['10871 SHIPPED 1979.23 USD', '10876 SHIPPED 917.00 USD', '10932 SHIPPED 1788.63 USD'],
        ...['10940 SHIPPED 360.00 USD', '11076 PLACED 792.75 USD'],
      ],
      faults: ['input.lines EMPTY_ORDER', 'input.shipTo.recipient BLANK'],
      denied: ['FORBIDDEN'],
    })
    expect(operationsOf('codegen').slice(0, 2)).toEqual(['OrderPage 1', 'OrderPage 1'])
  })

  it('gql.tada reads two pages below a category', () => {
    expect(printed.get('gql-tada')).toEqual({
      category: 'Beverages',
      pages: [
        ['Côte de Blaye 263.50 USD', 'Ipoh Coffee 46.00 USD'],
        ['Chang 19.00 USD', 'Steeleye Stout 18.00 USD'],
      ],
      refused: ['INVALID_CURSOR'],
    })
    expect(operationsOf('gql-tada').slice(0, 2)).toEqual(['CategoryPage 1', 'CategoryPage 1'])
  })

  it('graphql-request sends its idempotency key as a header, and a retry gets the same response', () => {
    const category = { name: 'Tableware', version: 1 }
    expect(printed.get('graphql-request')).toEqual({
      germans: 11,
      pages: [
        ['Alfreds Futterkiste', 'Blauer See Delikatessen', 'Die Wandernde Kuh'],
        ['Drachenblut Delikatessen', 'Frankenversand', 'Königlich Essen'],
      ],
      created: [
        { category, replayed: false, userErrors: [] },
        { category, replayed: true, userErrors: [] },
        { category: null, replayed: false, userErrors: [{ code: 'NAME_TAKEN', path: ['input', 'name'] }] },
      ],
      refused: ['INVALID_PAGE_SIZE'],
    })
  })

  it('urql extends a list in its cache by each page, and then needs no request', () => {
    expect(printed.get('urql')).toEqual({
      numbers: [
        [11012, 10929],
        [11012, 10929, 10859, 10791],
      ],
      cached: 4,
      cancel: ['SHIPPED', [{ code: 'INVALID_TRANSITION', path: ['input', 'orderId'] }]],
      refused: ['FORBIDDEN'],
    })
    expect(operationsOf('urql')).toEqual(['OrderPage 1', 'OrderPage 1', 'CancelOrder 3', 'Keys 0'])
  })

  it('Apollo Client sends ids, extends its list, and has the result of a mutation in its cache', () => {
    const first = ['Aniseed Syrup', 'Boston Crab Meat', 'Camembert Pierrot']
    expect(printed.get('apollo')).toEqual({
      first,
      both: [...first, 'Carnarvon Tigers', 'Chartreuse verte', "Chef Anton's Cajun Seasoning"],
      userErrors: [],
      title: 'Partner',
      isNewer: true,
      stale: [{ __typename: 'UserError', code: 'CONFLICT', path: ['input', 'version'] }],
      refused: ['FORBIDDEN'],
    })
    expect(operationsOf('apollo').map((line) => line.split(' ')[0])).toEqual([
      ...['ProductPage', 'ProductPage', 'OwnData', 'UpdateCustomer', 'UpdateCustomer', 'Keys'],
    ])
  })

  it('Relay shows a list, loads a page and refetches a node: three requests, by id', () => {
    const first = ['Alice Mutton', 'Aniseed Syrup', 'Boston Crab Meat']
    expect(printed.get('relay')).toEqual({
      first,
      both: [...first, 'Camembert Pierrot', 'Carnarvon Tigers', 'Chai'],
      checked: ['Alice Mutton'],
    })
    expect(operationsOf('relay')).toEqual([
      ...['ProductListQuery 1', 'ProductListNextPageQuery 1', 'ProductCardAgainQuery 1'],
    ])
  })

  it('GET by id stores a response, and gets 304 while it is unchanged', () => {
    const first = ['Alice Mutton', 'Aniseed Syrup', 'Boston Crab Meat']
    const cacheControl = 'public, max-age=7'
    expect(printed.get('persisted-get')).toEqual([
      { status: 200, cacheControl, names: first },
      { status: 304, cacheControl, names: first },
      { status: 200, cacheControl, names: ['Camembert Pierrot', 'Carnarvon Tigers', 'Chai'] },
    ])
    expect(operationsOf('persisted-get')).toEqual(['ProductPage 1', 'ProductPage 0', 'ProductPage 1'])
  })
})

it('no client with a manifest sent a document as text', () => {
  const unknown = world.logLines.filter((line) => line.includes('this document is in no manifest'))
  expect(new Set(unknown.map((line) => logLine.pick({ client: true }).parse(JSON.parse(line)).client))).toEqual(
    new Set(['codegen', 'fetch', 'gql-tada', 'graphql-request', 'urql']),
  )
})

it('a hash by GET, as Apollo’s apps send it, gets a cacheable response', async () => {
  const { operations } = z
    .object({ operations: z.array(z.object({ id: z.string(), name: z.string() })) })
    .parse(JSON.parse(await readFile(join(folder, 'manifests/apollo.json'), 'utf8')))
  const sha256Hash = operations.find(({ name }) => name === 'ProductPage')?.id
  const search = new URLSearchParams({
    operationName: 'ProductPage',
    variables: '{"first":1}',
    extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }),
  })
  const headers = { 'apollographql-client-name': 'apollo', accept: 'application/json' }
  const response = await world.fetchGraphQL({ headers }, `?${search}`)
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=7'])
})

describe('docs/clients.md', () => {
  it('describes every client, and each is tested here', async () => {
    const page = await readFile(join(root, 'docs/clients.md'), 'utf8')
    const entries = await readdir(folder, { withFileTypes: true })
    const folders = entries.filter(
      (entry) => entry.isDirectory() && !['manifests', 'node_modules'].includes(entry.name),
    )
    expect(folders.map(({ name }) => name).sort()).toEqual([...names, 'live'].sort())
    for (const name of [...names, 'live']) expect(page).toContain(`<!-- examples/clients/${name}/`)
  })
})

const spread = encodeId('Product', demoId('product', '6'))
const placing = `mutation ($key: String!) { orderPlace(input: {
  idempotencyKey: $key, lines: [{ productId: "${spread}", quantity: 1 }]
  shipTo: { recipient: "R", street: "S", city: "C", country: "DE" } }) { order { number } } }`
const placed = z.object({ orderPlace: z.object({ order: z.object({ number: z.number() }) }) })

describe('a live program, cut off and connected again,', () => {
  let live: World
  beforeAll(async () => {
    live = await createWorld({
      env: { TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_PATH: join(folder, 'manifests') },
    })
  })
  afterAll(() => live.close())

  const programs = ['live-graphql-ws', 'live-graphql-sse', 'live-urql', 'live-apollo', 'live-relay']

  it.each(programs)(
    '%s shows each order once',
    async (name) => {
      // The program before this one may not have gone yet.
      await expect.poll(() => gauge(live, 'frontdoor_streams'), { timeout: 20_000 }).toBe(0)
      const cable = await Cable.to(live.url)
      const token = await live.tokenFor('customer BONAP')
      const place = async () => {
        const answered = await live.as('customer BONAP').query(placing, { key: randomUUID() })
        return dataOf(answered, placed).orderPlace.order.number
      }
      const shown = runScript(name, { FRONTDOOR_URL: cable.url, FRONTDOOR_TOKEN: token, LIVE_ORDERS: '4' })
      await expect.poll(() => gauge(live, 'frontdoor_streams'), { timeout: 20_000 }).toBe(1)
      const numbers = [await place()]
      await expect.poll(() => gauge(live, 'frontdoor_streams')).toBe(1)
      await cable.carried('next')
      cable.cut()
      await expect.poll(() => gauge(live, 'frontdoor_streams')).toBe(0)
      numbers.push(await place(), await place())
      await cable.mend()
      await expect.poll(() => gauge(live, 'frontdoor_streams'), { timeout: 20_000 }).toBe(1)
      numbers.push(await place())
      expect((await shown).trim().split('\n').map(Number)).toEqual(numbers)
      cable.cut()
    },
    60_000,
  )
})
