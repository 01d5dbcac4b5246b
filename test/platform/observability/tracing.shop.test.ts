import { pino } from 'pino'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Egress } from '../../../src/platform/egress/egress.ts'
import { openSpanExport } from '../../../src/platform/observability/span-export.ts'
import { Tracing } from '../../../src/platform/observability/tracing.ts'
import { Poster } from '../../../src/platform/webhooks/post.ts'
import { shopWithServices } from '../../commerce/support/remote-services.ts'
import { sourcesOf } from '../../contract/support/sources.ts'
import { createWorld, type World } from '../../support/world.ts'
import { Lock } from '../support/lock.ts'
import { Receiver } from '../webhooks/support/receiver.ts'
import { type CollectedSpan, startCollector } from './support/collector.ts'

const clientSpan = 'b7ad6b7169203331'
const clientTrace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = (flags: string) => `00-${clientTrace}-${clientSpan}-${flags}`

const tracesConfig = {
  headers: {},
  timeoutMs: 10_000,
  serviceName: 'shop',
  attributes: {},
  sampling: { followsParent: true, ratio: 1 },
}

const orders = 'query Mine($n: Int) { orders(first: $n) { totalCount edges { node { number total { amount } } } } }'
const customers = '{ customers(first: 1) { edges { node { id name } } } }'
const rename = `mutation Rename($input: CustomerUpdateInput!) {
  customerUpdate(input: $input) { customer { name } userErrors { code } } }`

/** Runs calls against a server that traces, and returns the spans that it has sent when it is closed. */
async function spansOf(
  env: Record<string, string>,
  calls: (world: World) => Promise<unknown>,
): Promise<CollectedSpan[]> {
  await using collector = await startCollector()
  {
    await using world = await createWorld({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env } })
    await calls(world)
  }
  return collector.spans
}

async function asAdmin(world: World, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const authorization = `Bearer ${await world.tokenFor('admin')}`
  const response = await world.fetchGraphQL({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization, ...headers },
    body: JSON.stringify(body),
  })
  return response.json()
}

const isStatement = ({ attributes }: CollectedSpan) => 'db.system.name' in attributes
const tree = (spans: readonly CollectedSpan[], above = '', depth = 0): string[] =>
  spans
    .filter(({ parentSpanId }) => parentSpanId === above)
    .flatMap((span) => [`${' '.repeat(depth)}${span.name}`, ...tree(spans, span.spanId, depth + 1)])

describe('a traced operation', () => {
  let spans: CollectedSpan[]
  const named = (name: string) => spans.filter((span) => span.name === name)
  beforeAll(async () => {
    spans = await spansOf({ OTEL_SERVICE_NAME: 'shop' }, async (world) => {
      // The first execution takes the general route, the second the fast one.
      for (const n of [3, 4]) await asAdmin(world, { query: orders, variables: { n } })
      const id = /customer_\w+/.exec(JSON.stringify(await asAdmin(world, { query: customers })))?.[0]
      const input = { customerId: id, version: 1, name: 'c4n4ry', email: 'c4n4ry@example.com' }
      await asAdmin(world, { query: rename, variables: { input } })
      await asAdmin(world, { query: '{ products(first: 1, filter: { nameContains: "c4n4ry" }) { totalCount } }' })
    })
  })

  it('has a span for the request, in it one for the operation, and in that one for each statement', () => {
    const [request] = named('POST /graphql')
    expect(request).toMatchObject({
      parentSpanId: '',
      kind: 2,
      hasFailed: false,
      service: { 'service.name': 'shop', 'service.version': '0.1.0' },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'url.path': '/graphql',
        'http.response.status_code': 200,
      },
    })
    expect(named('query')[0]).toMatchObject({
      parentSpanId: request?.spanId,
      traceId: request?.traceId,
      kind: 1,
      attributes: {
        'graphql.operation.type': 'query',
        'graphql.operation.name': 'Mine',
        'frontdoor.endpoint': 'backOffice',
        'frontdoor.viewer.kind': 'staff',
        'frontdoor.statements': 2,
      },
    })
    const statements = spans.filter(isStatement).filter(({ traceId }) => traceId === request?.traceId)
    expect(statements).toHaveLength(2)
    for (const statement of statements) {
      expect(statement).toMatchObject({
        parentSpanId: named('query')[0]?.spanId,
        kind: 3,
        name: expect.stringMatching(/^SELECT commerce\.\w+/),
        attributes: {
          'db.namespace': expect.stringMatching(/\w/),
          'db.operation.name': 'SELECT',
          'db.query.text': expect.stringContaining('SELECT'),
          'frontdoor.database.server': 'primary',
          'frontdoor.statement.fields': expect.stringMatching(/^orders(\.totalCount)?$/),
        },
      })
      expect(statement.durationMs).toBeGreaterThan(0)
    }
  })

  it('has the same spans on both routes', () => {
    const [general, fast] = named('query').filter(({ attributes }) => attributes['graphql.operation.name'] === 'Mine')
    expect([general?.attributes['frontdoor.compiled'], fast?.attributes['frontdoor.compiled']]).toEqual([false, true])
    const [one, other] = [general, fast].map((operation) => tree(spans, operation?.spanId).sort())
    expect(one).toHaveLength(2)
    expect(other).toEqual(one)
  })

  it('has a span for a mutation, with the statements of its transaction', () => {
    const [operation] = named('mutation')
    const [mutation] = named('customerUpdate')
    expect(mutation?.parentSpanId).toBe(operation?.spanId)
    expect(tree(spans, mutation?.spanId)).toEqual([
      'SELECT commerce.crm_customer',
      'SELECT commerce.crm_customer',
      'UPDATE commerce.crm_customer',
      'WITH platform.pf_outbox',
      'COMMIT',
    ])
  })

  it('has no value, id, token or address in it', () => {
    expect(spans.length).toBeGreaterThan(15)
    expect(JSON.stringify(spans)).not.toMatch(/c4n4ry|Bearer|eyJ|127\.0\.0\.1|customer_[0-7]/)
  })
})

describe('a failed statement', () => {
  it('is a span that failed, in an operation that failed', async () => {
    const spans = await spansOf({ DATABASE_STATEMENT_TIMEOUT_MS: '200' }, async (world) => {
      await using _lock = await Lock.on('commerce.md_product', world)
      await world.as('anonymous').query('{ products(first: 1) { totalCount } }')
    })
    expect(spans.filter(isStatement)).toMatchObject([{ hasFailed: true }])
    expect(spans.find(({ name }) => name === 'query')).toMatchObject({
      hasFailed: true,
      attributes: { 'error.type': 'DEADLINE_EXCEEDED', 'frontdoor.error.codes': 'DEADLINE_EXCEEDED' },
    })
  })
})

describe('a call to another service', () => {
  it('is a span, and carries the trace', async () => {
    await using collector = await startCollector()
    const shop = await shopWithServices({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    await shop.world.as('admin').query('{ order(number: 10643) { lines { product { reviews { count } } } } }')
    await shop.close()
    const call = collector.spans.find(({ name }) => name === 'POST reviews' || name === 'GET reviews')
    const operation = collector.spans.find(({ name }) => name === 'query')
    expect(call).toMatchObject({
      kind: 3,
      parentSpanId: operation?.spanId,
      attributes: { 'frontdoor.remote.source': 'reviews' },
    })
    expect(shop.asked.reviews.map(({ headers }) => headers.traceparent)).toEqual([
      `00-${call?.traceId}-${call?.spanId}-01`,
    ])
  })
})

describe('a message to a webhook', () => {
  it('has a trace of its own, which its receiver can go on with', async () => {
    await using collector = await startCollector()
    const receiver = await Receiver.open()
    const config = { ...tracesConfig, url: `${collector.url}/v1/traces` }
    const spans = openSpanExport({ config, version: '1.2.3', log: pino({ level: 'silent' }) })
    const poster = new Poster({
      egress: new Egress({ allowed: ['127.0.0.0/8'], requiresHttps: false }),
      timeoutMs: 10_000,
      tracing: new Tracing({ followsParent: true, ratio: 1 }, spans, 'any'),
    })
    const body = JSON.stringify({ type: 'a', timestamp: 'now', data: null })
    expect(await poster.post(receiver.url, { 'webhook-id': '1' }, body)).toMatchObject({ outcome: 'ACCEPTED' })
    poster.close()
    await spans.close()
    await receiver.close()
    const [span] = collector.spans
    expect(span).toMatchObject({ name: 'POST webhook', kind: 3, parentSpanId: '', hasFailed: false })
    expect(receiver.received.map(({ headers }) => headers.traceparent)).toEqual([
      `00-${span?.traceId}-${span?.spanId}-01`,
    ])
  })
})

describe('a trace that a client began', () => {
  const countOf = async (env: Record<string, string>, flags: string) => {
    let sent: unknown
    const spans = await spansOf(env, async (world) => {
      sent = await asAdmin(world, { query: '{ nope }' }, { traceparent: traceparent(flags) })
    })
    expect(sent).toMatchObject({ errors: [{ extensions: { traceId: clientTrace } }] })
    return spans
  }
  const none = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }
  const proxy = { TRUST_PROXY: '127.0.0.1' }

  it('goes on', async () => {
    const spans = await countOf({}, '01')
    expect(spans.find(({ name }) => name === 'POST /graphql')).toMatchObject({
      traceId: clientTrace,
      parentSpanId: clientSpan,
    })
  })

  it('is recorded as a trusted proxy decided', async () => {
    expect(await countOf({ ...none, ...proxy }, '01')).not.toEqual([])
    expect(await countOf(proxy, '00')).toEqual([])
  })

  it('is recorded as the server decides, where anyone else sent it', async () => {
    expect(await countOf(none, '01')).toEqual([])
    expect(await countOf({}, '00')).not.toEqual([])
  })

  it.each([
    ['of another form', 'c4n4ry'],
    ['of a version that is none', traceparent('01').replace(/^00/, 'ff')],
    ['without an id', `00-${'0'.repeat(32)}-${clientSpan}-01`],
  ])('is a new one, where its header is %s', async (_what, header) => {
    const spans = await spansOf(proxy, (world) => asAdmin(world, { query: '{ __typename }' }, { traceparent: header }))
    expect(spans.find(({ name }) => name === 'POST /graphql')).toMatchObject({
      traceId: expect.not.stringContaining(clientTrace),
      parentSpanId: '',
    })
  })
})

describe('the id of a trace', () => {
  it('is in the log line and in the errors of its request, recorded or not', async () => {
    const none = { OTEL_TRACES_SAMPLER: 'always_off' }
    await using world = await createWorld({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...none } })
    const answered = await asAdmin(world, { query: '{ nope }' })
    const refused = await world.fetchGraphQL({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })
    const shape = z.object({ errors: z.tuple([z.object({ extensions: z.object({ traceId: z.string() }) })]) })
    const idOf = (body: unknown) => shape.parse(body).errors[0].extensions.traceId
    const ids = [idOf(answered), idOf(await refused.json())]
    expect(ids).toEqual([expect.stringMatching(/^[\da-f]{32}$/), expect.stringMatching(/^[\da-f]{32}$/)])
    const logged = world.logLines.map((line) => z.object({ traceId: z.string() }).parse(JSON.parse(line)).traceId)
    expect(logged).toEqual(ids)
  })

  it('is nowhere where nothing is traced', async () => {
    await using world = await createWorld()
    const answered = await asAdmin(world, { query: '{ nope }' }, { traceparent: traceparent('01') })
    expect(JSON.stringify(answered)).not.toContain('traceId')
    expect(world.logLines.join('')).not.toContain('traceId')
  })
})

describe('the SDK', () => {
  it('is loaded by one file, which is loaded only where traces go somewhere', async () => {
    const sources = await sourcesOf('src')
    const naming = (text: string) => sources.filter((source) => source.text.includes(text)).map(({ path }) => path)
    expect(naming('@opentelemetry/')).toEqual(['src/platform/observability/span-export.ts'])
    expect(naming('/span-export.ts')).toEqual(['src/optional-parts.ts'])
    expect(sources.find(({ path }) => path === 'src/optional-parts.ts')?.text).toMatch(
      /if \(!traces\) return undefined\n.*await import\('[^']*span-export\.ts'\)/,
    )
  })
})

describe('a collector', () => {
  it('gets the headers that are set', async () => {
    await using collector = await startCollector()
    {
      await using world = await createWorld({
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key' },
      })
      await asAdmin(world, { query: '{ __typename }' })
    }
    expect(collector.requests).toMatchObject([
      { url: '/v1/traces', headers: { 'x-key': 'a key', 'content-type': 'application/x-protobuf' } },
    ])
  })

  it('that is not there harms no request and no stop, and the log tells once', async () => {
    const startedAt = performance.now()
    const lines: string[] = []
    {
      await using world = await createWorld({
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: '500' },
      })
      for (let times = 0; times < 3; times++)
        expect(await asAdmin(world, { query: '{ __typename }' })).toMatchObject({ data: { __typename: 'Query' } })
      lines.push(...world.logLines)
      world.logLines.push = (...more) => lines.push(...more)
    }
    expect(lines.filter((line) => line.includes('the collector takes no traces'))).toHaveLength(1)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})

it('a request over REST has the path without ids as its route, also where nothing is there', async () => {
  const spans = await spansOf({}, async (world) => {
    for (const path of ['/api/customers/customer_x', '/api/nothing/customer_x', '/mcp'])
      await world.fetchAs('admin', path)
  })
  const routes = spans.flatMap(({ attributes }) => attributes['http.route'] ?? [])
  expect(routes).toEqual(['/api/customers/{id}', '/api', '/mcp'])
  expect(JSON.stringify(spans)).not.toContain('customer_x')
})
