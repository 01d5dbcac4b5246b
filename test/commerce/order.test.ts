import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'

const twentyOrders = `{
  orders(first: 20) {
    edges { node { number status customer { name } lines { quantity product { name category { name } supplier { name } } } } }
  }
}`

describe('the twenty-orders query', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  it('runs exactly one SELECT, which reads no column that was not asked for or needed as a key', async () => {
    const statements = await world.statementsOf(() => world.as('admin').query(twentyOrders))
    expect(statements).toHaveLength(1)
    console.log(statements[0]?.sql)
  })
})
