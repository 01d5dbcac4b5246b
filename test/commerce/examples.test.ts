import { getOperationAST, parse } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { exampleOperations } from '../../src/commerce/examples.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { openStream } from '../platform/events/support/stream.ts'
import { createWorld, dataOf, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** The viewer that the comment of each example names. */
const viewers: [operation: string, viewer: string][] = [
  ['Catalogue', 'anonymous'],
  ['Me', 'customer ALFKI'],
  ['PlaceOrder', 'customer ALFKI'],
  ['MyOrders', 'customer ALFKI'],
  ['OrdersToShip', 'support'],
  ['OrderPages', 'support'],
  ['SalesByCountry', 'analyst'],
  ['OrdersLive', 'support'],
  ['AuditTrail', 'admin'],
]
const streams = new Set(['OrdersLive'])
const variablesShape = z.record(z.string(), z.unknown())
const run = async (operation: string, viewer: string) => {
  const { query = '', variables = '{}' } = exampleOperations.find(({ query }) => nameOf(query) === operation) ?? {}
  return world.as(viewer).query(query, variablesShape.parse(JSON.parse(variables)))
}

it('every example of GraphiQL has a comment and a viewer', () => {
  expect(exampleOperations.map(({ query }) => nameOf(query))).toEqual(viewers.map(([operation]) => operation))
  for (const { query } of exampleOperations) expect(query).toMatch(/^# /)
})

it.each(viewers.filter(([operation]) => !streams.has(operation)))(
  '%s runs on the demo data as %s, and finds data',
  async (operation, viewer) => {
    const answer = await run(operation, viewer)
    expect(answer.errors).toBeUndefined()
    expect(JSON.stringify(answer.data)).not.toMatch(/"(edges|rows)":\[\]|"code":/)
  },
)

it('the order example places an order, and a second run is a replay', async () => {
  const shape = z.object({ orderPlace: z.object({ replayed: z.boolean(), userErrors: z.array(z.unknown()) }) })
  const again = dataOf(await run('PlaceOrder', 'customer ALFKI'), shape)
  expect(again).toEqual({ orderPlace: { replayed: true, userErrors: [] } })
})

it('the live example tells of an order that is placed', async () => {
  const query = exampleOperations.find(({ query }) => nameOf(query) === 'OrdersLive')?.query ?? ''
  const stream = await openStream(world, { as: 'support', query })
  await world.as('customer ALFKI').query(
    `mutation { orderPlace(input: { idempotencyKey: "live", shipTo: { recipient: "R", street: "S", city: "C", country: "DE" }
      lines: [{ productId: "${encodeId('Product', demoId('product', '6'))}", quantity: 1 }] }) { replayed } }`,
  )
  expect(await stream.nextData()).toMatchObject({ data: { ordersChanged: { order: { status: 'PLACED' } } } })
  stream.close()
})

function nameOf(query: string): string | undefined {
  return getOperationAST(parse(query))?.name?.value
}
