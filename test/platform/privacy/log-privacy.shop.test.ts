import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { failedLine, operationLine } from '../support/log-lines.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
afterEach(() => void world.logLines.splice(0))

const send = (body: object, headers: Record<string, string> = {}) =>
  world.fetchGraphQL({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const canary = 'c4n4ry'
const planted = [
  ['a literal', { query: `{ products(filter: { nameContains: "${canary}" }) { totalCount } }` }],
  ['a comment', { query: `{ viewer { kind } } # ${canary}` }],
  [
    'a literal that does not fit',
    { query: `{ node(id: "${canary}") { id } orders(first: "${canary}") { totalCount } }` },
  ],
  ['a field there is none of', { query: `{ ${canary} }` }],
  ['what is no GraphQL', { query: `{ viewer { kind } "${canary}` }],
  [
    'a variable',
    { query: 'query ($v: String) { products(filter: { nameContains: $v }) { totalCount } }', variables: { v: canary } },
  ],
  [
    'a variable that does not fit',
    { query: 'query ($v: Int) { orders(first: $v) { totalCount } }', variables: { v: canary } },
  ],
  ['a variable nobody asked for', { query: '{ viewer { kind } }', variables: { [canary]: canary } }],
  [
    'an e-mail that is none',
    { query: 'query ($e: EmailAddress!) { viewer { kind } }', variables: { e: `${canary}@` } },
  ],
  [
    'an order',
    {
      query: `mutation ($i: OrderPlaceInput!) { orderPlace(input: $i) { userErrors { message } } }`,
      variables: { i: { lines: [], shipTo: { recipient: canary, street: canary, city: canary, country: 'DE' } } },
    },
  ],
] as const

describe('the log repeats nothing of a request', () => {
  it.each(planted)('in %s', async (_where, body) => {
    const token = await world.tokenFor('customer ALFKI')
    await send(body, { authorization: `Bearer ${token}` })
    const lines = world.logLines.join('')
    expect(lines).toContain('"msg":"operation"')
    expect(lines).not.toContain(canary)
    for (const part of token.split('.')) expect(lines).not.toContain(part)
  })

  it('nor of a response: name, e-mail and id of the viewer', async () => {
    const answered = await world.as('customer ALFKI').query('{ viewer { customer { id name email } } }')
    const shape = z.object({ viewer: z.object({ customer: z.record(z.string(), z.string()) }) })
    const values = Object.values(shape.parse(answered.data).viewer.customer)
    expect(values).toHaveLength(3)
    for (const value of values) expect(world.logLines.join('')).not.toContain(value)
  })
})

describe('an unexpected error', () => {
  it('is hidden from the client, and whole in the log under the same request id', async () => {
    await using broken = await createWorld()
    // The driver's message has words that the client must not see.
    await broken.client.$executeRawUnsafe(`revoke select on commerce.md_category from ${inject('server').role.name}`)
    const query =
      'query Broken($c: String) { categories { totalCount edges { node { name } } } products(filter: { nameContains: $c }) { totalCount } }'
    const { data, errors } = await broken.as('anonymous').query(query, { c: canary })
    const [error] = errors ?? []
    const requestId = error?.extensions.requestId
    expect(errors).toEqual([
      { message: 'Unexpected error.', path: ['categories'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } },
    ])
    expect(data).toEqual({ categories: null, products: { totalCount: 0 } })

    const [failed, operation, ...others] = broken.logLines.map((line) => z.unknown().parse(JSON.parse(line)))
    expect(others).toEqual([])
    const { err, path, ...said } = failedLine.parse(failed)
    expect(said).toMatchObject({ requestId, code: 'INTERNAL_SERVER_ERROR' })
    expect(path).toEqual(['categories'])
    expect(err.message).toContain('md_category')
    expect(err.stack).toMatch(/\n {4}at /)
    expect(operationLine.parse(operation)).toMatchObject({
      requestId,
      operation: 'Broken',
      errors: ['INTERNAL_SERVER_ERROR'],
    })
    expect(broken.logLines.join('')).not.toContain(canary)
  })
})
