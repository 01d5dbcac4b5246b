import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { operationFolder, readCatalogue } from '../../../src/platform/operations/catalogue.ts'
import { audienceSchemas, domain } from '../../../src/schema.ts'
import { insertProduct } from '../../commerce/support/product.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.ts'
import { problem, refusalIn, restCaller } from './support/rest.ts'

const partnerScopes = ['catalog:write', 'stock:read', 'customers:read', 'orders:read', 'orders:write']
const ALFKI = encodeId('Customer', demoId('customer', 'ALFKI'))

let world: World
let partner: ReturnType<typeof restCaller>
let backOffice: ReturnType<typeof restCaller>
beforeAll(async () => {
  world = await createWorld({ env: { RESPONSE_CACHE_BYTES: '1000000', RESPONSE_MAX_AGE_SECONDS: '7' } })
  partner = restCaller(world, '/partner/api', (await newKey(world, { scopes: partnerScopes })).secret)
  backOffice = restCaller(world, '/api')
})
afterAll(() => world.close())

const product = z.looseObject({ id: z.string(), sku: z.string(), name: z.string(), version: z.number().optional() })
const order = z.object({ id: z.string(), number: z.number(), status: z.string() })
const nextOf = (headers: Headers) => /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]

async function anyProduct() {
  const { id } = await insertProduct(world, `T-${randomUUID()}`, { unitPriceMinor: 1000n })
  return encodeId('Product', id)
}

const shipTo = {
  recipient: 'Maria Anders',
  street: 'Obere Str. 57',
  city: 'Berlin',
  postalCode: '12209',
  country: 'DE',
}
const lineOf = async (quantity = 2) => ({ productId: await anyProduct(), quantity })
const placing = async () => ({ customerId: ALFKI, lines: [await lineOf()], shipTo })
const keyed = () => ({ 'idempotency-key': randomUUID() })

describe('the nine operations of a partner', () => {
  it('find, create and update a product, as GraphQL shows it', async () => {
    const master = dataOf(
      await world
        .as('admin')
        .query('{ categories(first: 1) { edges { node { id } } } suppliers(first: 1) { edges { node { id } } } }'),
      z.record(z.string(), z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) })),
    )
    const sku = `REST-${randomUUID().slice(0, 8).toUpperCase()}`
    const made = await partner('POST', '/products', {
      body: {
        sku,
        name: 'Rest',
        unitPrice: { amount: '12.50', currency: 'USD' },
        categoryId: master.categories?.edges[0]?.node.id,
        supplierId: master.suppliers?.edges[0]?.node.id,
      },
      headers: keyed(),
    })
    expect(made.status).toBe(200)
    const { id, version } = product.parse(made.body)
    const changed = await partner('PATCH', `/products/${id}`, { body: { version, name: 'Rested', packaging: null } })
    expect([changed.status, changed.body]).toEqual([
      200,
      { id, sku, name: 'Rested', packaging: null, unitPrice: { amount: '12.50', currency: 'USD' }, version: 2 },
    ])
    const found = await partner('GET', `/products/${id}`)
    expect(found.status).toBe(200)
    expect(found.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const { data } = await world
      .as('admin')
      .query('query ($id: ID!) { product(id: $id) { name available version } }', { id })
    expect(found.body).toMatchObject(z.object({ product: z.object({}).loose() }).parse(data).product)
  })

  it('list products page by page, by their filters', async () => {
    const seen: string[] = []
    let path: string | undefined = '/products?first=30&price[currency]=USD&price[max]=20&sort[field]=SKU'
    let pages = 0
    while (path !== undefined) {
      const page: Awaited<ReturnType<typeof partner>> = await partner('GET', path)
      expect(page.status).toBe(200)
      seen.push(
        ...z
          .array(product)
          .parse(page.body)
          .map(({ sku }) => sku),
      )
      path = nextOf(page.headers)?.slice('/partner/api'.length)
      pages++
    }
    const wanted = await world.client.product.count({ where: { unitPriceMinor: { lte: 2000n } } })
    expect([seen.length, new Set(seen).size, pages > 1]).toEqual([wanted, wanted, true])
    expect(seen).toEqual([...seen].sort())
  })

  it('place, see and cancel an order, with its key and version', async () => {
    const headers = keyed()
    const body = await placing()
    const made = await partner('POST', '/orders', { body, headers })
    const { id, number, status } = order.parse(made.body)
    expect([made.status, status, made.headers.get('idempotent-replayed')]).toEqual([200, 'PLACED', null])
    expect(made.headers.get('x-consistency-token')).toMatch(/./)
    const again = await partner('POST', '/orders', { body, headers })
    expect([again.body, again.headers.get('idempotent-replayed')]).toEqual([made.body, 'true'])
    const seen = await partner('GET', `/orders/${id}`)
    expect(seen.body).toMatchObject({
      id,
      number,
      availableActions: ['UPDATE_LINES', 'CANCEL'],
      lines: [{ quantity: 2 }],
    })
    const ended = await partner('POST', `/orders/${id}/cancel`, { body: { reason: 'no longer needed' } })
    expect(ended.body).toMatchObject({ id, status: 'CANCELLED' })
    const without = order.parse((await partner('POST', '/orders', { body: await placing(), headers: keyed() })).body)
    const bodiless = await partner('POST', `/orders/${without.id}/cancel`)
    expect([bodiless.status, bodiless.body]).toMatchObject([200, { status: 'CANCELLED' }])
  })

  it('see the stock, with its count, and as CSV', async () => {
    const page = await partner('GET', '/stock?first=2')
    expect(page.headers.get('x-total-count')).toBe(String(await world.client.product.count()))
    const [first] = z.array(z.object({ sku: z.string(), stock: z.object({ onHand: z.number() }) })).parse(page.body)
    const csv = await partner('GET', '/stock?first=2', { headers: { accept: 'text/csv' } })
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    const [head, row] = String(csv.body).split('\r\n')
    expect(head).toBe('id,sku,name,available,stock.onHand,stock.reserved,stock.reorderLevel')
    expect(row?.split(',')[1]).toBe(first?.sku)
    expect(nextOf(csv.headers)).toBe(nextOf(page.headers))
  })

  it('list invoices of a span of time, by several states', async () => {
    const path =
      '/invoices?first=5&placed[from]=1997-01-01T00:00:00Z&placed[until]=1997-02-01T00:00:00Z&status=DELIVERED&status=SHIPPED'
    const page = await partner('GET', path)
    const rows = z.array(z.object({ invoice: z.object({ number: z.string() }) })).parse(page.body)
    expect([page.status, rows.length]).toEqual([200, 5])
  })
})

describe('a refusal', () => {
  it('names what to mend in the input, by a pointer into the body', async () => {
    const before = await world.client.order.count()
    const unknown = encodeId('Product', '018f0000-0000-7000-8000-000000000000')
    const body = { ...(await placing()), lines: [await lineOf(), { productId: unknown, quantity: 0 }] }
    const refused = await partner('POST', '/orders', { body, headers: keyed() })
    expect(refusalIn(refused)).toEqual(['422 INPUT_REFUSED', 'INVALID_QUANTITY #/lines/1/quantity'])
    const { type, title } = problem.parse(refused.body)
    expect([type, title]).toEqual(['/partner/api/#INPUT_REFUSED', 'Input refused'])
    expect(await world.client.order.count()).toBe(before)
  })

  it('names a parameter of the path', async () => {
    const id = encodeId('Product', '018f0000-0000-7000-8000-000000000000')
    const refused = await partner('PATCH', `/products/${id}`, { body: { version: 1, name: 'X' } })
    expect(refusalIn(refused)).toEqual(['422 INPUT_REFUSED', 'PRODUCT_UNKNOWN id'])
  })

  it.each<[method: string, path: string, body: object | string | undefined, expected: string[]]>([
    ['GET', '/products?first=many', undefined, ['400 BAD_USER_INPUT', 'BAD_USER_INPUT first']],
    ['GET', '/products?first=101', undefined, ['422 INVALID_PAGE_SIZE']],
    ['GET', '/products?after=x', undefined, ['422 INVALID_CURSOR']],
    ['GET', '/products?firs=1', undefined, ['400 BAD_REQUEST']],
    ['GET', '/products?first=1&first=2', undefined, ['400 BAD_REQUEST']],
    ['GET', '/products?price=1', undefined, ['400 BAD_REQUEST']],
    ['GET', '/products?price[currency]=USD&price[maximum]=1', undefined, ['400 BAD_REQUEST']],
    [
      'GET',
      '/products?price[max]=cheap&price[currency]=USD',
      undefined,
      ['400 BAD_USER_INPUT', 'BAD_USER_INPUT price[max]'],
    ],
    ['GET', '/products/nothing', undefined, ['422 INVALID_ID']],
    ['GET', `/products/${encodeId('Product', '018f0000-0000-7000-8000-000000000000')}`, undefined, ['404 NOT_FOUND']],
    ['GET', '/products/%E0%A4%A', undefined, ['404 NOT_FOUND']],
    ['GET', '/suppliers', undefined, ['404 NOT_FOUND']],
    ['DELETE', '/products', undefined, ['405 METHOD_NOT_ALLOWED']],
    ['POST', '/products', '{', ['400 BAD_REQUEST']],
    ['POST', '/products', '[]', ['400 BAD_REQUEST']],
    ['POST', '/products', { sku: 'X', colour: 'red' }, ['400 BAD_REQUEST']],
    [
      'POST',
      '/orders',
      { customerId: ALFKI, lines: [{ productId: 'x', quantity: 'two' }], shipTo },
      ['400 BAD_USER_INPUT', 'BAD_USER_INPUT #/lines/0/quantity'],
    ],
  ])('%s %s %j is a problem', async (method, path, body, expected) => {
    expect(refusalIn(await partner(method, path, body === undefined ? {} : { body }))).toEqual(expected)
  })

  it('gives the head of a GET for HEAD', async () => {
    const ask = (method: string) => world.fetchAs('anonymous', '/storefront/api/products?first=2', { method })
    const [whole, head] = [await ask('GET'), await ask('HEAD')]
    expect([head.status, await head.text()]).toEqual([whole.status, ''])
    for (const name of ['content-type', 'etag', 'cache-control', 'link', 'vary'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)])
  })

  it('says which methods a path takes, and what it can be had as', async () => {
    const refused = await partner('PUT', '/products')
    expect(refused.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS')
    const unacceptable = await partner('GET', '/products', { headers: { accept: 'application/xml' } })
    expect(refusalIn(unacceptable)).toEqual(['406 NOT_ACCEPTABLE'])
    const form = await partner('POST', '/products', {
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(refusalIn(form)).toEqual(['415 UNSUPPORTED_MEDIA_TYPE'])
  })

  it('of a rule has its status, and asks for a credential', async () => {
    const nobody = await backOffice('GET', `/customers/${ALFKI}`)
    expect([refusalIn(nobody), nobody.headers.get('www-authenticate')]).toEqual([['401 UNAUTHENTICATED'], 'Bearer'])
    expect(refusalIn(await backOffice('GET', `/customers/${ALFKI}`, { as: 'nobody' }))).toEqual(['403 FORBIDDEN'])
    expect(refusalIn(await backOffice('GET', '/customers?first=1', { as: 'warehouse' }))).toEqual(['403 FORBIDDEN'])
    const stranger = restCaller(world, '/partner/api')
    expect(refusalIn(await stranger('GET', '/products', { as: 'admin' }))).toEqual(['403 FORBIDDEN'])
  })
})

describe('the answer to a GET', () => {
  it('of public data may be kept, is not sent again unchanged, and has a tag for each form', async () => {
    const shop = restCaller(world, '/storefront/api')
    const path = '/products?first=3'
    const tagOf = async (accept: string) => {
      const { status, headers } = await shop('GET', path, { headers: { accept } })
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=7'])
      return headers.get('etag') ?? ''
    }
    const tags = [await tagOf('application/json'), await tagOf('text/csv'), await tagOf('application/json')]
    expect(tags[0]).toMatch(/^W\/"[\w-]+\.j"$/)
    expect([tags[1], tags[2]]).toEqual([tags[0]?.replace(/"$/, '.csv"'), tags[0]])
    const known = await shop('GET', path, { headers: { 'if-none-match': tags[0] ?? '' } })
    expect([known.status, known.body]).toEqual([304, ''])
    const statements = await world.statementsOf(() => shop('GET', path))
    expect(statements).toEqual([])
    const again = await shop('GET', path)
    expect(z.array(product).parse(again.body)).toHaveLength(3)
    expect(nextOf(again.headers)).toMatch(/^\/storefront\/api\/products\?first=3&after=./)
  })

  it('keeps the budget of its viewer, whose headers say what is left', async () => {
    const { headers } = await partner('GET', '/products?first=1')
    expect([headers.get('ratelimit'), headers.get('cache-control')]).toEqual([expect.stringMatching(/./), 'no-store'])
  })
})

describe('a call', () => {
  const linesOf = (from: number) =>
    world.logLines.slice(from).map((line) => z.looseObject({ msg: z.string() }).parse(JSON.parse(line)))

  it('takes the fast path, and has one line in the log with its name', async () => {
    await partner('GET', '/products?first=2')
    const before = world.logLines.length
    await partner('GET', '/products?first=2')
    expect(linesOf(before)).toMatchObject([
      { msg: 'operation', operation: 'ProductList', endpoint: 'partner', compiled: true },
    ])
  })

  it('that reads personal values or is denied is in the audit trail, with its name', async () => {
    const before = await world.audited()
    await backOffice('GET', `/customers/${ALFKI}`, { as: 'admin' })
    await backOffice('GET', `/customers/${ALFKI}`, { as: 'support' })
    const entries = (await world.audited()).slice(before.length)
    expect(
      entries.map(({ operation, action, outcome, subjectIds }) => [operation, action, outcome, subjectIds]),
    ).toEqual([
      ['CustomerFind', 'read', 'DONE', [ALFKI]],
      ['CustomerFind', 'read', 'DENIED', [ALFKI]],
    ])
  })

  it('pays from the budget that its viewer has for GraphQL', async () => {
    await using poor = await createWorld({
      env: { RATE_LIMIT_CAPACITY: '100', RATE_LIMIT_RESTORE_PER_SECOND: '0.0001' },
    })
    const call = restCaller(poor, '/api')
    const replies = []
    for (let time = 0; time < 8; time++) replies.push(await call('GET', '/orders?first=10', { as: 'admin' }))
    const last = replies.at(-1)
    expect(last && refusalIn(last)).toEqual(['429 RATE_LIMITED'])
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
    const { errors = [] } = await poor.as('admin').query('{ orders(first: 10) { edges { node { number } } } }')
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED'])
  })
})

it('DELETE takes its id from the path, and needs no body', async () => {
  const { id } = await world.client.address.findFirstOrThrow({ where: { customerId: demoId('customer', 'ALFKI') } })
  const path = `/addresses/${encodeId('Address', id)}`
  const removed = await backOffice('DELETE', path, { as: 'admin' })
  expect([removed.status, removed.body]).toMatchObject([200, { code: 'ALFKI' }])
  expect(refusalIn(await backOffice('DELETE', path, { as: 'admin' }))).toEqual([
    '422 INPUT_REFUSED',
    'ADDRESS_UNKNOWN id',
  ])
})

it('a page of another origin needs permission, and gets to know the methods', async () => {
  const origin = { origin: 'https://elsewhere.example' }
  expect(refusalIn(await partner('GET', '/products', { headers: origin }))).toEqual(['403 ORIGIN_NOT_ALLOWED'])
  const preflight = await partner('OPTIONS', '/products')
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, PATCH, DELETE')
})

it('the documents of the operations are trusted ones, at their own endpoint', async () => {
  const { folder } = domain.operations ?? { folder: '' }
  const schema = audienceSchemas.get('storefront')
  if (!schema) throw new Error('there is no such audience')
  const { documents } = await readCatalogue(operationFolder(folder, 'storefront'), schema)
  const [hash] = documents.keys()
  const outcomes = ['/storefront/graphql', '/graphql'].map(async (path) => {
    const response = await world.fetchAs('anonymous', `${path}?documentId=sha256:${hash}`)
    return response.text()
  })
  const [there, elsewhere] = await Promise.all(outcomes)
  expect(there).toContain('"products"')
  expect(elsewhere).toContain('PERSISTED_QUERY_NOT_SUPPORTED')
})
