import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { loadDemo } from '../../prisma/demo/load.ts'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../support/world.ts'
import { everything } from './support/everything.ts'
import { lineOf, place, shipTo } from './support/order-place.ts'

const sizes = {
  suppliers: 29,
  categories: 8,
  carriers: 6,
  products: 77,
  customers: 91,
  addresses: 91,
  orders: 830,
  lines: 2155,
  shipments: 809,
  shipmentLines: 2082,
  payments: 809,
  invoices: 809,
}

const sizesOf = (rows: Record<string, unknown[]>) =>
  Object.fromEntries(Object.entries(rows).map(([name, { length }]) => [name, length]))

// Fills several databases, on a machine that may be busy.
const patiently = { timeout: 120_000 }

describe('the loaded demo data', patiently, () => {
  let world: World
  let rows: Awaited<ReturnType<typeof everything>>
  const messages: string[] = []
  const load = () => loadDemo(world.databaseUrl, (message) => messages.push(message))
  beforeAll(async () => {
    world = await createWorld({ data: 'empty' })
    const loaded = await Promise.all(Array.from({ length: 5 }, load))
    expect(loaded.toSorted()).toEqual([false, false, false, false, true])
    rows = await everything(world)
  })
  afterAll(() => world.close())

  it('is complete, was loaded once by five concurrent loaders, and is not loaded again', async () => {
    expect(sizesOf(rows)).toEqual(sizes)
    expect(await load()).toBe(false)
    expect(await everything(world)).toEqual(rows)
    expect(messages).toEqual([
      'loading the demo data',
      'loaded 29 suppliers, 8 categories, 6 carriers, 77 products, 91 customers, 830 orders, 2,155 order lines',
    ])
  })

  it('has the same ids and the same values in every database', async () => {
    await using another = await createWorld()
    expect(rows).toEqual(await everything(another))
  })

  it('makes the next order follow the last one', async () => {
    const { order } = await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0003')], shipTo })
    expect(order?.number).toBe(11_078)
  })

  it('is not loaded over later changes of the shop', async () => {
    await world.client.product.update({ where: { sku: 'NW-0003' }, data: { name: 'Renamed' } })
    expect(await load()).toBe(false)
    expect(await world.client.product.findUnique({ where: { sku: 'NW-0003' } })).toMatchObject({ name: 'Renamed' })
  })
})

describe('loading the demo data', patiently, () => {
  it('loads everything or nothing, and can be retried', async () => {
    await using world = await createWorld({ data: 'empty' })
    await world.client.category.create({ data: { name: 'Beverages' } })
    await expect(loadDemo(world.databaseUrl)).rejects.toThrow('md_category_nm_key')
    expect(await world.client.supplier.count()).toBe(0)

    await world.client.category.deleteMany()

    expect(await loadDemo(world.databaseUrl)).toBe(true)
    expect(sizesOf(await everything(world))).toEqual(sizes)
  })
})

describe('the ids of the demo data', () => {
  it('never change', () => {
    expect(demoCustomer('ALFKI').sub).toBe('customer_00qw3e9800fxbvyxx4mt59wb1f')
    expect(encodeId('Order', demoId('order', 10643, new Date('1997-08-25T00:00:00Z')))).toBe(
      'order_00schhhy00fhtt480j3m3mr9kz',
    )
  })

  it('are UUIDs of version 7, with the creation time of the row', () => {
    const id = demoId('order', 10643, new Date('1997-08-25T00:00:00Z'))

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.parse('1997-08-25T00:00:00Z'))
  })
})
