import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { createWorld, type World } from '../support/world.ts'
import { connectionFields } from './support/connections.ts'

const connections = connectionFields(schema)

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

describe('the connections of the shop', () => {
  it('are these', () => {
    expect(connections.map(({ name }) => name).sort()).toEqual([
      'Category.products',
      'Customer.orders',
      'Product.stockMovements',
      'Query.apiKeys',
      'Query.auditEvents',
      'Query.bulkExports',
      'Query.carriers',
      'Query.categories',
      'Query.customers',
      'Query.orders',
      'Query.personRequests',
      'Query.products',
      'Query.suppliers',
      'Query.webhookDeliveries',
      'Query.webhooks',
      'Supplier.products',
    ])
  })

  it('have an aggregate where a list can be summed up', () => {
    const aggregated = connections.filter(({ connection }) => 'aggregate' in connection.getFields())
    expect([...new Set(aggregated.map(({ connection }) => connection.name))].sort()).toEqual([
      'OrderConnection',
      'ProductConnection',
      'StockMovementConnection',
    ])
  })
})

it('a refused list below many parents costs no statement, and removes none of them', async () => {
  const query = `{ customers(first: 3) { edges { node { name orders(after: "x") { totalCount edges { node { id } } } } } } }`
  const statements = await world.statementsOf(async () => {
    const { data, errors = [] } = await world.as('admin').query(query)
    expect(errors.map(({ path = [] }) => path.join('.'))).toEqual(
      [0, 1, 2].map((index) => `customers.edges.${index}.node.orders`),
    )
    expect(data).toMatchObject({
      customers: { edges: Array(3).fill({ node: { name: expect.any(String), orders: null } }) },
    })
  })
  expect(statements).toHaveLength(1)
})
