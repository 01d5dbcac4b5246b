import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf, type World } from '../support/world.ts'

const env = { RESPONSE_CACHE_BYTES: '1000000', METRICS_PORT: '0' }
const product = 'query P($sku: String!) { product(sku: $sku) { id version name category { name } supplier { name } } }'
const chai = { sku: 'NW-0001' }
const shape = z.object({ product: z.object({ id: z.string(), version: z.number(), name: z.string() }) })
const rename = `mutation R($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }`

let world: World
beforeAll(async () => {
  world = await createWorld({ env })
})
afterAll(() => world.close())

const ask = (viewer = 'anonymous', query = product, variables: Record<string, unknown> = chai) =>
  world.as(viewer).query(query, variables)
/** How many statements each of these calls took. */
const costs = async (...calls: (() => Promise<unknown>)[]) => {
  const counts: number[] = []
  for (const call of calls) counts.push((await world.statementsOf(call)).length)
  return counts
}
const nameNow = async (viewer = 'anonymous') => dataOf(await ask(viewer), shape).product.name

describe('an answer that shows only what is public', () => {
  it('is read once, and then costs no statement, whoever asks', async () => {
    const first = await ask()
    const viewers = ['anonymous', 'customer ALFKI', 'customer BONAP', 'support', 'admin']
    expect(await costs(...viewers.map((viewer) => () => ask(viewer)))).toEqual([0, 0, 0, 0, 0])
    expect((await ask('customer ALFKI')).data).toEqual(first.data)
  })
  it('is read anew after a verb, by the next request', async () => {
    for (const name of ['Chai 1', 'Chai 2', 'Chai 3', 'Chai 4', 'Chai']) {
      const { id, version } = dataOf(await ask(), shape).product
      const changed = await world.as('admin').query(rename, { input: { productId: id, version, name } })
      expect(changed.errors).toBeUndefined()
      expect(await nameNow('customer ALFKI')).toBe(name)
      expect(await costs(() => ask())).toEqual([0])
    }
  })
})
