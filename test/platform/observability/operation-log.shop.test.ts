import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { operationLine } from '../support/log-lines.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
afterEach(() => void world.logLines.splice(0))

/** The one log line of the one operation since the last test, without the values that differ each time. */
function logged() {
  const [line, ...others] = world.logLines.splice(0)
  expect(others).toEqual([])
  expect(line).toMatch(/^\{[^\n]*\}\n$/)
  const { time, pid, hostname, level, msg, requestId, durationMs, ...said } = operationLine.parse(
    JSON.parse(line ?? ''),
  )
  return said
}

const send = (body: object, headers: Record<string, string> = {}) =>
  world.fetchGraphQL({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('an operation has one line in the log', () => {
  it('with its name, viewer and effort', async () => {
    const query = 'query Mine($n: Int) { orders(first: $n) { edges { node { number customer { name } } } } }'
    const statements = await world.statementsOf(() => world.as('customer ALFKI').query(query, { n: 2 }))
    const rows = statements.reduce((sum, statement) => sum + statement.rows, 0)
    const said = logged()
    expect(said).toEqual({
      operation: 'Mine',
      type: 'query',
      viewer: 'customer',
      statements: statements.length,
      rows,
      cost: expect.any(Number),
    })
    expect(rows).toBeGreaterThan(1)
  })

  it('with the cost that the client got', async () => {
    const { extensions } = await world.as('admin').query('{ orders(first: 7) { edges { node { number } } } }')
    const { viewer, type, cost } = logged()
    expect({ viewer, type, cost }).toEqual({ viewer: 'staff', type: 'query', cost: extensions?.cost?.requested })
  })

  it.each([
    [
      'a mutation refused',
      'mutation Buy { orderPlace(input: { lines: [], shipTo: { recipient: "", street: "", city: "", country: "DE" } }) { order { id } } }',
      { operation: 'Buy', type: 'mutation', viewer: 'anonymous', errors: ['UNAUTHENTICATED'] },
    ],
    [
      'fields refused, each code once',
      'query Two { a: orders { totalCount } b: orders { totalCount } }',
      { operation: 'Two', type: 'query', viewer: 'anonymous', errors: ['UNAUTHENTICATED'] },
    ],
    ['no GraphQL', '{ orders { ', { errors: ['GRAPHQL_PARSE_FAILED'] }],
    [
      'a field there is none of',
      'query Odd { nope }',
      { operation: 'Odd', type: 'query', errors: ['GRAPHQL_VALIDATION_FAILED'] },
    ],
    [
      'a choice not made',
      'query A { viewer { kind } } query B { viewer { kind } }',
      { errors: ['OPERATION_RESOLUTION_FAILURE'] },
    ],
  ])('also for %s', async (_what, query, expected) => {
    await world.as('anonymous').query(query)
    const { statements, rows, cost, ...said } = logged()
    expect(said).toEqual(expected)
    expect({ statements, rows }).toEqual({ statements: 0, rows: 0 })
  })

  it('also for a refused token, without a viewer', async () => {
    await send({ query: 'query Who { viewer { kind } }' }, { authorization: 'Bearer c4n4ry.c4n4ry.c4n4ry' })
    expect(logged()).toEqual({ operation: 'Who', type: 'query', statements: 0, rows: 0, errors: ['UNAUTHENTICATED'] })
  })

  it.each([
    ['a request that is none', { query: 5 }, ['BAD_REQUEST']],
    ['variables that are refused unread', { query: '{ viewer { kind } }', variables: { a: '\0' } }, ['BAD_USER_INPUT']],
  ])('also for %s', async (_what, body, errors) => {
    await send(body)
    expect(logged()).toEqual({ statements: 0, rows: 0, errors })
  })

  it('also for a GET, with the chosen operation', async () => {
    const query = encodeURIComponent('query A { viewer { kind } } query B { __typename }')
    await world.fetchGraphQL({}, `?query=${query}&operationName=B`)
    expect(logged()).toMatchObject({ operation: 'B', type: 'query' })
  })

  it('under the client’s request id', async () => {
    const response = await send({ query: '{ __typename }' }, { 'x-request-id': 'from-the-client:1' })
    expect(response.headers.get('x-request-id')).toBe('from-the-client:1')
    expect(world.logLines).toHaveLength(1)
    expect(world.logLines[0]).toContain('"requestId":"from-the-client:1"')
  })

  it('under a new request id, where the client’s could forge a line', async () => {
    const response = await send({ query: '{ __typename }' }, { 'x-request-id': 'c4n4ry","level":"60' })
    const requestId = response.headers.get('x-request-id') ?? ''
    expect(requestId).toMatch(/^[\da-f-]{36}$/)
    expect(world.logLines.join('')).toContain(requestId)
    expect(world.logLines.join('')).not.toContain('c4n4ry')
  })

  it('of its own, when many run at once', async () => {
    const alone = await world.statementsOf(() => world.as('admin').query('{ orders(first: 3) { totalCount } }'))
    logged()
    const ids = Array.from({ length: 20 }, (_, index) => `at-once-${index}`)
    const authorization = `Bearer ${await world.tokenFor('admin')}`
    await Promise.all(
      ids.map((id) => send({ query: '{ orders(first: 3) { totalCount } }' }, { authorization, 'x-request-id': id })),
    )
    const lines = world.logLines.map((line) => operationLine.parse(JSON.parse(line)))
    expect(lines.map(({ requestId }) => requestId).sort()).toEqual(ids.toSorted())
    expect(new Set(lines.map(({ statements }) => statements))).toEqual(new Set([alone.length]))
  })
})
