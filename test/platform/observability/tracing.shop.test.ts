import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { operationLine } from '../support/log-lines.ts'
import { type CollectedSpan, startCollector } from './support/collector.ts'

const clientSpan = 'b7ad6b7169203331'
const clientTrace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = (flags: string) => `00-${clientTrace}-${clientSpan}-${flags}`

const orders = 'query Mine($n: Int) { orders(first: $n) { totalCount nodes { number total { amount } } } }'

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

const asAdmin = async (world: World, body: object, headers: Record<string, string> = {}) => {
  const authorization = `Bearer ${await world.tokenFor('admin')}`
  return world.fetchGraphQL({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization, ...headers },
    body: JSON.stringify(body),
  })
}

describe('a traced query', () => {
  let spans: CollectedSpan[]
  const named = (name: string) => spans.filter((span) => span.name === name)
  beforeAll(async () => {
    spans = await spansOf({ OTEL_SERVICE_NAME: 'shop' }, (world) =>
      asAdmin(world, { query: orders, variables: { n: 3 } }),
    )
  })

  it('has a span of the request, of the operation inside of it, and of each statement inside of that', () => {
    const [request, ...others] = named('POST /graphql')
    expect(others).toEqual([])
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
    expect(named('query')).toMatchObject([
      {
        parentSpanId: request?.spanId,
        kind: 1,
        attributes: {
          'graphql.operation.type': 'query',
          'graphql.operation.name': 'Mine',
          'frontdoor.endpoint': 'backOffice',
          'frontdoor.viewer.kind': 'staff',
          'frontdoor.statements': 3,
        },
      },
    ])
    const statements = spans.filter((span) => 'db.system.name' in span.attributes)
    expect(statements).toHaveLength(3)
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
    for (const statement of statements) {
      expect(statement.parentSpanId).toBe(named('query')[0]?.spanId)
      expect(statement.kind).toBe(3)
      expect(statement.name).toMatch(/^SELECT commerce\.\w+/)
      expect(statement.attributes).toMatchObject({
        'db.operation.name': 'SELECT',
        'frontdoor.database.server': 'primary',
      })
    }
  })

  it('has no values in it', async () => {
    const mutated = await spansOf({}, async (world) => {
      const input = { id: 'customer_c4n4ry', email: 'c4n4ry@example.com', name: "c4n4ry'" }
      const query = `mutation Add($email: EmailAddress!) { customerUpdate(input: { email: $email }) { replayed } }
        query Find { products(first: 1, filter: { search: "c4n4ry" }) { nodes { name } } }`
      await asAdmin(world, { query, operationName: 'Find', variables: input })
    })
    expect(mutated.length).toBeGreaterThan(1)
    expect(JSON.stringify([...mutated, ...spans])).not.toMatch(/c4n4ry|Bearer|127\.0\.0\.1/)
  })
})
