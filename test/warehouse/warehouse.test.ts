import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { canaries, createCanaryPerson, inTables } from '../commerce/support/canaries.ts'
import { placeOrder, spread } from '../platform/events/support/place-order.shop.ts'
import { doneAfter } from '../platform/persons/support/person.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { salesOfApi, salesOfWarehouse, violations } from './support/sales.ts'
import { Warehouse } from './support/warehouse.ts'

let world: World
let warehouse: Warehouse
let token: string
beforeAll(async () => {
  world = await createWorld({ env: { ERASURE_DELAY_HOURS: '0' } })
  token = (await newKey(world, { scopes: ['orders:read', 'customers:read'] })).secret
  warehouse = await Warehouse.create(async () => ({ url: world.url, token }))
})
afterAll(async () => {
  await warehouse?.[Symbol.asyncDispose]()
  await world?.close()
})

const names = async () =>
  (
    await warehouse.rows(
      `select name from sales.dim_product where product_id = '${spread}' order by valid_from`,
      z.object({ name: z.string() }),
    )
  ).map(({ name }) => name)

const factsOf = (order: string) =>
  warehouse.rows(
    `select name, quantity, is_cancelled as "isCancelled", product.category from sales.fact_order_line
     join sales.dim_product product using (product_key) where order_id = '${order}'`,
    z.object({ name: z.string(), quantity: z.number(), isCancelled: z.boolean(), category: z.string() }),
  )

const everything = () =>
  warehouse.rows(
    `select (select json_agg(fact order by order_line_id) from sales.fact_order_line fact)::text
       || (select json_agg(product order by product_key) from sales.dim_product product)::text
       || (select json_agg(customer order by customer_key) from sales.dim_customer customer)::text as all`,
    z.object({ all: z.string() }),
  )

async function rename(name: string): Promise<void> {
  const product = z.object({ product: z.object({ version: z.number() }) })
  const { version } = dataOf(await world.as('admin').query(`{ product(id: "${spread}") { version } }`), product).product
  const mutation = 'mutation ($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }'
  await world.as('admin').query(mutation, { input: { productId: spread, version, name } })
}

it('the first load has every line of every order once, with exact amounts', async () => {
  await warehouse.catchUp()
  const sales = await salesOfWarehouse(warehouse)
  expect(sales).toEqual(await salesOfApi(world.url, token))
  expect(Object.values(sales).reduce((sum, { lines }) => sum + lines, 0)).toBe(2155)
  expect(await violations(warehouse)).toEqual([])
})

it('an order has the product as it was when it was placed, whether the API or plain SQL changed it', async () => {
  const [before = ''] = await names()
  await warehouse.start()
  const first = await placeOrder(world, 'customer ALFKI')
  await rename('Blueberry Spread')
  await expect.poll(names, { timeout: 20_000 }).toEqual([before, 'Blueberry Spread'])
  const second = await placeOrder(world, 'customer ALFKI')
  await world.client.$executeRaw`update commerce.md_product set nm = 'Cranberry Spread' where nm = 'Blueberry Spread'`
  await world.client.$executeRaw`update commerce.md_category set nm = 'Relishes' where nm = 'Condiments'`
  await expect.poll(names, { timeout: 20_000 }).toContain('Cranberry Spread')
  const third = await placeOrder(world, 'customer ALFKI')
  await expect.poll(() => factsOf(third)).toMatchObject([{ name: 'Cranberry Spread', category: 'Relishes' }])
  expect(await factsOf(first)).toMatchObject([{ name: before, category: 'Condiments' }])
  expect(await factsOf(second)).toMatchObject([{ name: 'Blueberry Spread', category: 'Condiments' }])
  expect(await warehouse.end('SIGTERM')).toBe(0)
  expect(await violations(warehouse)).toEqual([])
})

it('other lines replace those of an order, and a cancelled one keeps its lines, marked', async () => {
  const order = await placeOrder(world, 'customer ALFKI')
  await warehouse.catchUp()
  const version = `{ order(id: "${order}") { version } }`
  const seen = dataOf(await world.as('admin').query(version), z.object({ order: z.object({ version: z.number() }) }))
  const lines = [{ productId: spread, quantity: 3 }]
  const update = 'mutation ($input: OrderUpdateLinesInput!) { orderUpdateLines(input: $input) { userErrors { code } } }'
  await world.as('admin').query(update, { input: { orderId: order, version: seen.order.version, lines } })
  await warehouse.catchUp()
  expect(await factsOf(order)).toMatchObject([{ quantity: 3, isCancelled: false }])
  await world.as('admin').query(`mutation { orderCancel(input: { orderId: "${order}" }) { userErrors { code } } }`)
  await warehouse.catchUp()
  expect(await factsOf(order)).toMatchObject([{ quantity: 3, isCancelled: true }])
  expect(await salesOfWarehouse(warehouse)).toEqual(await salesOfApi(world.url, token))
})

it('events that come again change nothing', async () => {
  await warehouse.catchUp()
  const before = await everything()
  const oldest = z.object({ changes: z.object({ events: z.array(z.object({ position: z.string() })) }) })
  const page = dataOf(await world.as('admin').query('{ changes(first: 1) { events { position } } }'), oldest)
  await warehouse.rows(
    `update staging.checkpoint set position = '${page.changes.events[0]?.position}' returning position`,
    z.unknown(),
  )
  await warehouse.catchUp()
  expect(await everything()).toEqual(before)
})

it('a position that is no longer kept brings a new load, which keeps the history', async () => {
  const history = await names()
  await world.client.$executeRaw`update commerce.md_product set nm = 'Damson Spread' where nm = 'Cranberry Spread'`
  await world.client.$executeRaw`update platform.pf_outbox set uid = gen_random_uuid()`
  expect(await warehouse.catchUp()).toContain('loaded everything')
  expect(await names()).toEqual([...history, 'Damson Spread'])
  expect(await salesOfWarehouse(warehouse)).toEqual(await salesOfApi(world.url, token))
  expect(await violations(warehouse)).toEqual([])
})

it('two programs at once do what one does', async () => {
  await using shared = await Warehouse.create(async () => ({ url: world.url, token }))
  await Promise.all([shared.catchUp(), shared.catchUp()])
  expect(await salesOfWarehouse(shared)).toEqual(await salesOfApi(world.url, token))
  expect(await violations(shared)).toEqual([])
})

it('requests that are refused for a moment, or whose connection breaks, are sent again', async () => {
  const failures = [429, 503, 'cut'] as const
  let requests = 0
  const proxy = createServer(async (request, response) => {
    const body = await text(request)
    // Every second request fails, each time in another way.
    const failure = requests % 2 === 0 ? failures[(requests / 2) % failures.length] : undefined
    requests++
    if (failure === 'cut') return request.socket.destroy()
    if (failure !== undefined) return response.writeHead(failure, { 'retry-after': '0' }).end('{}')
    const { authorization = '', accept = '' } = request.headers
    const headers = { 'content-type': 'application/json', authorization, accept }
    const answered = await fetch(`${world.url}${request.url}`, { method: 'POST', headers, body })
    response.writeHead(answered.status).end(Buffer.from(await answered.arrayBuffer()))
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  await using patient = await Warehouse.create(async () => ({ url: `http://127.0.0.1:${address.port}`, token }))
  await patient.catchUp()
  proxy.close()
  expect(requests).toBeGreaterThan(12)
  expect(await salesOfWarehouse(patient)).toEqual(await salesOfApi(world.url, token))
})

it('no table has a value of a person who is restricted or erased, and the end of a restriction brings them back', async () => {
  const admin = world.as('admin')
  const { customerId } = await createCanaryPerson(world)
  const placesOf = () => inTables({ databaseUrl: warehouse.url }, [canaries.code, canaries.name])
  const versions = () =>
    warehouse.rows(
      `select country, name from sales.dim_customer where customer_id = '${customerId}' order by valid_from`,
      z.object({ country: z.string(), name: z.string() }),
    )
  await warehouse.catchUp()
  const moved = `mutation { customerUpdate(input: { customerId: "${customerId}", version: 1, country: "AT" }) { userErrors { code } } }`
  expect(dataOf(await admin.query(moved), z.unknown())).toEqual({ customerUpdate: { userErrors: [] } })
  await warehouse.catchUp()
  const places = await placesOf()
  expect(places).toHaveLength(4)
  expect(await versions()).toEqual(['DE', 'AT'].map((country) => ({ country, name: canaries.name })))

  await doneAfter(admin, 'personRestrict', { customerId })
  await warehouse.catchUp()
  expect(await placesOf()).toEqual([])
  await doneAfter(admin, 'personRelease', { customerId })
  await warehouse.catchUp()
  expect(await placesOf()).toEqual(places)

  await doneAfter(admin, 'personErase', { customerId, reason: 'OBJECTION' })
  await warehouse.catchUp()
  expect(await placesOf()).toEqual([])
  expect(await versions()).toEqual(['DE', 'AT'].map((country) => ({ country, name: 'withheld' })))
  expect(await salesOfWarehouse(warehouse)).toEqual(await salesOfApi(world.url, token))
  expect(await violations(warehouse)).toEqual([])
})
