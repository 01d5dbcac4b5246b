import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answer, createWorld, dataOf, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { RESPONSE_CACHE_BYTES: '1000000' } })
})
afterAll(() => world.close())

const extensions = z.object({ consistency: z.object({ token: z.string().regex(/^[\w-]{60,200}$/) }) })
const create = 'mutation C($name: String!) { categoryCreate(input: { name: $name }) { userErrors { code } } }'
const product = 'query P { product(sku: "NW-0001") { id name version } }'
const named = z.object({ product: z.object({ id: z.string(), name: z.string(), version: z.number() }) })
const rename = 'mutation R($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }'

async function ask(query: string, variables: object = {}, { url = world.url, token = '' } = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${await world.tokenFor('admin')}`,
      ...(token && { 'x-consistency-token': token }),
    },
    body: JSON.stringify({ query, variables }),
  })
  return { answered: answer.parse(await response.json()), header: response.headers.get('x-consistency-token') }
}

describe('a server without replicas', () => {
  it('gives the answer to a mutation a token, on both routes, in no more statements', async () => {
    const tokens = new Set<string>()
    for (const name of ['First', 'Second', 'Third']) {
      const statements = await world.statementsOf(async () => {
        const { answered, header } = await ask(create, { name })
        const { token } = extensions.parse(answered.extensions).consistency
        expect(header).toBe(token)
        tokens.add(token)
      })
      expect(statements.at(-1)?.sql).toBe('commit')
    }
    expect(tokens.size).toBe(3)
    expect(world.logLines.at(-1)).toContain('"compiled":true')
  })

  it.each([
    ['refused', create, { name: '' }],
    ['denied in part', 'mutation { orderCancel(input: { orderId: "x" }) { userErrors { code } } }', {}],
  ])('gives one to a mutation that is %s', async (_, query, variables) => {
    const { answered, header } = await ask(query, variables)
    expect(header).toBe(extensions.parse(answered.extensions).consistency.token)
  })

  it('gives none to a query, and takes any text for one', async () => {
    const { answered, header } = await ask(product, {}, { token: 'rubbish' })
    expect(dataOf(answered, named).product.name).toBe('Chai')
    expect([header, answered.extensions?.consistency]).toEqual([null, undefined])
  })
})

describe('a server with cached responses', () => {
  it('shows what a client has written on another server', async () => {
    const other = await world.openReplica()
    try {
      for (let time = 0; time < 20; time++) {
        const { id, version } = dataOf((await ask(product, {}, { url: other.url })).answered, named).product
        const name = `Chai ${time}`
        const { header } = await ask(rename, { input: { productId: id, version, name } })
        const token = header ?? ''
        for (let read = 0; read < 2; read++) {
          const { answered } = await ask(product, {}, { url: other.url, token })
          expect(dataOf(answered, named).product.name).toBe(name)
        }
      }
      // The second read with a token is answered from the cache.
      expect(other.logLines.at(-1)).toContain('"kept":true')
    } finally {
      await other.close()
    }
  })
})
