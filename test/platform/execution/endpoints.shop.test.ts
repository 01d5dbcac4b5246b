import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Config, ConfigError, endpointConfig, parseConfig } from '../../../src/platform/config/config.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.ts'
import { call, dataIn, graphql, json, messages, outcome } from '../support/call.ts'

let world: World
/** Of a partner who may do all that partners do. */
let key: string
beforeAll(async () => {
  world = await createWorld({
    env: {
      RESPONSE_CACHE_BYTES: '1000000',
      STOREFRONT_MAX_PAGE_SIZE: '10',
      STOREFRONT_RATE_LIMIT_ANONYMOUS_CAPACITY: '200',
      STOREFRONT_RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '0.001',
      STOREFRONT_CORS_ORIGINS: 'https://shop.example',
      PARTNER_INTROSPECTION: 'false',
      PARTNER_MAX_COST: '50',
      METRICS_PORT: '0',
      ENCRYPTION_SECRET: 'a secret of the endpoints for webhooks',
    },
  })
  const scopes = ['stock:read', 'orders:read', 'webhooks:manage']
  key = (await newKey(world, { scopes })).secret
})
afterAll(() => world.close())

type Credential = { viewer?: string; secret?: string }

async function ask(endpoint: string, query: string, { viewer, secret }: Credential = {}, variables: object = {}) {
  const token = viewer ? await world.tokenFor(viewer) : secret
  const credential = token ? { authorization: `Bearer ${token}` } : {}
  const path = endpoint === 'backOffice' ? '/graphql' : `/${endpoint}/graphql`
  return call(world.url, { path, headers: { ...graphql, ...credential }, body: JSON.stringify({ query, variables }) })
}

const kind = '{ viewer { kind } }'
const customer = { viewer: 'customer ALFKI' }
const movementId = () => world.client.stockMovement.findFirstOrThrow().then(({ id }) => encodeId('StockMovement', id))

describe('an endpoint', () => {
  it.each<[endpoint: string, expected: Record<string, string>]>([
    ['backOffice', { nobody: '200', customer: '200', staff: '200', partner: '200' }],
    ['storefront', { nobody: '200', customer: '200', staff: '403 FORBIDDEN', partner: '403 FORBIDDEN' }],
    ['partner', { nobody: '401 UNAUTHENTICATED', customer: '403 FORBIDDEN', staff: '403 FORBIDDEN', partner: '200' }],
  ])('%s takes its viewers, also for a document that is known', async (endpoint, expected) => {
    const viewers = { nobody: {}, customer, staff: { viewer: 'admin' }, partner: { secret: key } }
    for (const [name, credential] of Object.entries(viewers)) {
      for (let time = 0; time < 3; time++)
        expect([name, outcome(await ask(endpoint, kind, credential))]).toEqual([name, expected[name]])
    }
  })

  it('says to the wrong viewer whom it takes', async () => {
    expect(messages(await ask('partner', kind, customer))).toEqual([
      'This endpoint takes only: apiKey. This viewer is: customer. Use the endpoint that is for it.',
    ])
    expect(messages(await ask('partner', kind))).toEqual([
      'This endpoint takes only: apiKey. Send "Authorization: Bearer <token>".',
    ])
  })

  it('has its part of the schema, and suggests nothing of another', async () => {
    for (const field of ['suppliers', 'supplierz', 'orderShip', 'auditEvent', 'customerz']) {
      const reply = await ask('storefront', `{ ${field} { id } }`)
      expect([outcome(reply), messages(reply)]).toEqual([
        '422 GRAPHQL_VALIDATION_FAILED',
        [`Cannot query field "${field}" on type "Query".`],
      ])
    }
    const lookUp = '{ there: __type(name: "Product") { name } not: __type(name: "StockMovement") { name } }'
    expect(dataIn(await ask('storefront', lookUp))).toEqual({ there: { name: 'Product' }, not: null })
  })

  it('knows no id of a type that it does not have', async () => {
    const query = 'query ($id: ID!) { node(id: $id) { id } }'
    const variables = { id: await movementId() }
    for (let time = 0; time < 3; time++) {
      expect(outcome(await ask('backOffice', query, { viewer: 'admin' }, variables))).toBe('200')
      const reply = await ask('storefront', query, {}, variables)
      expect(outcome(reply)).toBe('200 INVALID_ID')
      expect(messages(reply)).toEqual(messages(await ask('storefront', query, {}, { id: 'stock_movement_nonsense' })))
    }
  })

  it('answers a known document alike, by one statement, and caches it for itself', async () => {
    const query = '{ products(first: 3) { edges { node { sku name } } } }'
    const replies: unknown[] = []
    for (const endpoint of ['backOffice', 'storefront']) {
      const statements = await world.statementsOf(async () => {
        for (let time = 0; time < 3; time++) replies.push(dataIn(await ask(endpoint, query)))
      })
      expect([endpoint, statements.length]).toEqual([endpoint, 1])
    }
    expect(replies[0]).toMatchObject({ products: { edges: [{}, {}, {}] } })
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1)
  })

  it('takes known documents on the fast path', async () => {
    for (const endpoint of ['backOffice', 'storefront']) {
      for (let time = 0; time < 3; time++)
        expect(outcome(await ask(endpoint, '{ orders(first: 1) { edges { node { number } } } }', customer))).toBe('200')
      expect(JSON.parse(world.logLines.at(-1) ?? '{}')).toMatchObject({
        compiled: true,
        viewer: 'customer',
        statements: 1,
      })
    }
  })

  it('has page sizes of its own', async () => {
    const page = (first: number) => `{ products(first: ${first}) { edges { node { id } } } }`
    expect(messages(await ask('storefront', page(11)))).toEqual([expect.stringContaining('0 to 10')])
    expect(outcome(await ask('backOffice', page(11)))).toBe('200')
    const whole = z.object({ products: z.object({ edges: z.array(z.unknown()) }) })
    const found = whole.parse(dataIn(await ask('storefront', '{ products { edges { node { id } } } }')))
    expect(found.products.edges).toHaveLength(10)
  })

  it('has a maximum of cost of its own', async () => {
    const query = '{ products(first: 60) { edges { node { id unitPrice { amount } } } } }'
    expect(outcome(await ask('partner', query, { secret: key }))).toBe('422 COST_LIMIT_EXCEEDED')
    expect(outcome(await ask('backOffice', query, { secret: key }))).toBe('200')
  })

  it('hides its schema where it is told to, and others show theirs', async () => {
    const query = '{ __schema { __typename } }'
    expect(outcome(await ask('partner', query, { secret: key }))).toBe('422 GRAPHQL_VALIDATION_FAILED')
    expect(outcome(await ask('storefront', query))).toBe('200')
    for (const [path, status] of [
      ['/partner/schema.graphql', 404],
      ['/storefront/schema.graphql', 200],
    ] as const)
      expect([path, (await call(world.url, { method: 'GET', path })).status]).toEqual([path, status])
  })

  it('takes pages of its own origins', async () => {
    const origin = 'https://shop.example'
    const from = (path: string) =>
      call(world.url, { path, headers: { ...json, origin }, body: '{"query":"{__typename}"}' })
    expect((await from('/storefront/graphql')).headers['access-control-allow-origin']).toBe(origin)
    expect(outcome(await from('/graphql'))).toBe('403 ORIGIN_NOT_ALLOWED')
  })

  it('counts in the metrics, and in the log, by its name', async () => {
    const before = world.logLines.length
    await ask('partner', kind, { secret: key })
    await ask('backOffice', kind, { secret: key })
    const logged = world.logLines.slice(before).map((line) => JSON.parse(line))
    expect(logged.filter(({ msg }) => msg === 'operation').map(({ endpoint }) => endpoint)).toEqual([
      'partner',
      undefined,
    ])
    const metrics = await (await fetch(`${world.metricsUrl}/metrics`)).text()
    expect(metrics).toMatch(/operation_duration_seconds_count\{endpoint="partner",type="query",outcome="ok"\} [1-9]/)
  })

  it('answers over WebSockets, with the same part of the schema', async () => {
    const url = `${world.url.replace('http', 'ws')}/partner/graphql`
    const connectionParams = { authorization: `Bearer ${key}` }
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
    const found: unknown[] = []
    for await (const result of client.iterate({ query: kind })) found.push(result.data)
    expect(found).toEqual([{ viewer: { kind: 'API_KEY' } }])
    const refused = client.iterate({ query: '{ auditEvents { totalCount } }' }).next()
    await expect(refused).rejects.toEqual([
      expect.objectContaining({ message: expect.stringContaining('auditEvents') }),
    ])
    await client.dispose()
  })

  it('tells a partner of the events whose objects it has, and no others', async () => {
    const page = z.object({
      changes: z.object({ endPosition: z.string(), events: z.array(z.object({ topic: z.string() })) }),
    })
    const query = 'query ($after: String) { changes(after: $after, first: 5) { endPosition events { topic } } }'
    const read = async (after: string) =>
      page.parse(dataIn(await ask('partner', query, { secret: key }, { after }))).changes
    const { endPosition } = await read('now')
    await newKey(world, { name: 'Told' })
    await world.client.product.updateMany({ where: { sku: { startsWith: 'P' } }, data: { reorderLevel: 3 } })
    const create = `mutation { webhookCreate(input: { name: "Hook", url: "http://127.0.0.1:1/", topics: [STOCK_CHANGED] }) {
      webhook { id topics } secret userErrors { code } } }`
    const made = await ask('partner', create, { secret: key })
    expect(dataIn(made)).toMatchObject({ webhookCreate: { webhook: { topics: ['STOCK_CHANGED'] }, userErrors: [] } })
    const { events } = await read(endPosition)
    expect(events.map(({ topic }) => topic)).toContain('WEBHOOK_CREATED')
    expect(events.every(({ topic }) => !topic.startsWith('API_KEY'))).toBe(true)
  })

  it('has a budget of its own', async () => {
    const query = '{ products(first: 10) { edges { node { name unitPrice { amount } } } } }'
    const outcomes: string[] = []
    while (outcomes.at(-1)?.startsWith('429') !== true && outcomes.length < 60)
      outcomes.push(outcome(await ask('storefront', `query Q${outcomes.length} ${query}`)))
    expect(outcomes.at(-1)).toBe('429 RATE_LIMITED')
    expect(outcome(await ask('backOffice', query))).toBe('200')
  })
})

describe('the settings of an endpoint', () => {
  const errorsOf = (config: Config, audience: string) => {
    try {
      endpointConfig(config, audience)
    } catch (error) {
      if (error instanceof ConfigError) return error.message.split('\n  - ').slice(1)
    }
    return []
  }

  it('are those of the server where it has none of its own', () => {
    const config = parseConfig({ MAX_COST: '70', PARTNER_MAX_DEPTH: '5', PORT: '0' })
    expect(endpointConfig(config, 'partner').limits).toEqual({ ...config.limits, depth: 5 })
    expect(endpointConfig(config, 'storefront')).toEqual(config)
  })

  it('are refused by their whole names', () => {
    expect(errorsOf(parseConfig({ PARTNER_MAX_COST: 'much', PARTNER_TRUSTED_DOCUMENTS: 'no' }), 'partner')).toEqual([
      expect.stringMatching(/^PARTNER_MAX_COST: /),
      expect.stringMatching(/^PARTNER_TRUSTED_DOCUMENTS: /),
    ])
    expect(errorsOf(parseConfig({ BACK_OFFICE_TRUSTED_DOCUMENTS: 'enforce' }), 'backOffice')).toEqual([
      'BACK_OFFICE_TRUSTED_DOCUMENTS_PATH: required by BACK_OFFICE_TRUSTED_DOCUMENTS=enforce',
    ])
  })
})
