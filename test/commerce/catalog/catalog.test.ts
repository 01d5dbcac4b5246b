import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { insertProduct } from '../support/product.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const ask = async (query: string, viewer = 'anonymous') => dataOf(await world.as(viewer).query(query), z.unknown())

describe('one product', () => {
  const chai = {
    sku: 'NW-0001',
    name: 'Chai',
    packaging: '10 boxes x 30 bags',
    unitPrice: { amount: '18.00', currency: 'USD' },
    discontinued: true,
    available: 39,
    category: { name: 'Beverages' },
    supplier: { name: 'Specialty Biscuits, Ltd.', city: 'Manchester', country: 'GB' },
  }
  const fields = `sku name packaging unitPrice { amount currency } discontinued available category { name }
    supplier { name city country }`

  it('is found by its SKU and by its id, each in one statement with category and supplier', async () => {
    const { id } = await world.client.product.findUniqueOrThrow({ where: { sku: 'NW-0001' } })
    const byId = `{ product(id: "${encodeId('Product', id)}") { ${fields} } }`

    const statements = await world.statementsOf(async () => {
      expect(await ask(`{ product(sku: "NW-0001") { ${fields} } }`)).toEqual({ product: chai })
      expect(await ask(byId)).toEqual({ product: chai })
    })

    expect(statements).toHaveLength(2)
  })

  it.each([
    '(sku: "NW-9999")',
    '(sku: "")',
    '(sku: "nw-0001")',
    `(id: "${encodeId('Product', '018f0000-0000-7000-8000-000000000000')}")`,
  ])('is null for an unknown one: product%s', async (args) => {
    expect(await ask(`{ product${args} { id } }`)).toEqual({ product: null })
  })

  it.each([
    ['', 'BAD_USER_INPUT'],
    ['(sku: "NW-0001", id: "x")', 'BAD_USER_INPUT'],
    ['(id: "NW-0001")', 'INVALID_ID'],
  ])('is refused without exactly one argument: product%s', async (args, code) => {
    const answered = await world.as('anonymous').query(`{ product${args} { id } }`)

    expect(codesOf(answered)).toEqual([code])
    expect(answered.data).toEqual({ product: null })
  })
})

describe('walking the catalogue', () => {
  it('goes from a product to its category, its products and back, in one statement', async () => {
    const statements = await world.statementsOf(async () => {
      const data = await ask(`{ product(sku: "NW-0002") { name category { name products(first: 3) {
        totalCount edges { node { sku category { name } } } } } } }`)
      expect(data).toEqual({
        product: {
          name: 'Chang',
          category: {
            name: 'Beverages',
            products: {
              totalCount: 12,
              edges: ['NW-0001', 'NW-0002', 'NW-0039'].map((sku) => ({
                node: { sku, category: { name: 'Beverages' } },
              })),
            },
          },
        },
      })
    })
    expect(statements).toHaveLength(1)
  })

  it('lists all categories with all their products in one statement', async () => {
    const shape = z.object({
      categories: z.object({
        edges: z.array(
          z.object({ node: z.object({ name: z.string(), products: z.object({ edges: z.array(z.unknown()) }) }) }),
        ),
      }),
    })
    const statements = await world.statementsOf(async () => {
      const { categories } = shape.parse(
        await ask('{ categories { edges { node { name products(first: 100) { edges { node { sku } } } } } } }'),
      )
      expect(categories.edges.map(({ node }) => [node.name, node.products.edges.length])).toEqual([
        ['Beverages', 12],
        ['Condiments', 12],
        ['Confections', 13],
        ['Dairy Products', 10],
        ['Grains/Cereals', 7],
        ['Meat/Poultry', 6],
        ['Produce', 5],
        ['Seafood', 12],
      ])
    })
    expect(statements).toHaveLength(1)
  })

  it('lists suppliers with their products, sorted and filtered below each, in one statement', async () => {
    const statements = await world.statementsOf(async () => {
      const data = await ask(`{ suppliers(first: 2) { edges { node { name region products(
        filter: { discontinued: false }, sort: { field: PRICE, direction: DESC }, first: 1
      ) { edges { node { sku unitPrice { amount } } } } } } } }`)
      expect(data).toEqual({
        suppliers: {
          edges: [
            {
              node: {
                name: 'Aux joyeux ecclésiastiques',
                region: null,
                products: {
                  edges: [{ node: { sku: 'NW-0038', unitPrice: { amount: '263.50' } } }],
                },
              },
            },
            {
              node: {
                name: 'Bigfoot Breweries',
                region: 'OR',
                products: {
                  edges: [{ node: { sku: 'NW-0035', unitPrice: { amount: '18.00' } } }],
                },
              },
            },
          ],
        },
      })
    })
    expect(statements).toHaveLength(1)
  })

  it('lists the carriers by name, with their telephone numbers', async () => {
    expect(await ask('{ carriers(first: 2) { totalCount edges { node { name phone } } } }')).toEqual({
      carriers: {
        totalCount: 6,
        edges: [
          { node: { name: 'Alliance Shippers', phone: '1-800-222-0451' } },
          { node: { name: 'DHL', phone: '1-800-225-5345' } },
        ],
      },
    })
  })
})

describe('units sold', () => {
  const sold = z.object({
    products: z.object({
      edges: z.array(z.object({ node: z.object({ sku: z.string(), unitsSold: z.int().nullable() }) })),
    }),
  })
  const query = '{ products(first: 100, sort: { field: SKU }) { edges { node { sku unitsSold } } } }'

  it('cost one statement more for a whole page', async () => {
    const statements = await world.statementsOf(() => ask(query, 'admin'))
    expect(statements.map(({ rows }) => rows)).toEqual([77, 77])
  })

  it('count the lines of all orders, except cancelled ones', async () => {
    const unsold = await insertProduct(world, 'NEVER-SOLD')
    await world.client.order.update({ where: { number: 10248 }, data: { status: 'CANCELLED' } })
    const lines = await world.client.orderLine.findMany({
      where: { order: { number: { not: 10248 } } },
      select: { quantity: true, product: { select: { sku: true } } },
    })

    const { products } = sold.parse(await ask(query, 'admin'))
    const expected = products.edges.map(({ node: { sku } }) => {
      const units = lines.filter(({ product }) => product.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0)
      return { node: { sku, unitsSold: units } }
    })

    expect(products.edges).toEqual(expected)
    expect(products.edges).toContainEqual({ node: { sku: unsold.sku, unitsSold: 0 } })
  })
})

describe('prices', () => {
  it.each([
    ['USD', 5n, '0.05'],
    ['USD', 0n, '0.00'],
    ['USD', 123_456_789_012n, '1234567890.12'],
    ['JPY', 1250n, '1250'],
    ['KWD', 1250n, '1.250'],
    ['CLF', 12_345n, '1.2345'],
  ])('in %s have the digits of the currency: %s minor units are %s', async (currency, unitPriceMinor, amount) => {
    const sku = `PRICE-${currency}-${unitPriceMinor}`
    await insertProduct(world, sku, { currency, unitPriceMinor })

    expect(await ask(`{ product(sku: "${sku}") { unitPrice { amount currency } } }`)).toEqual({
      product: { unitPrice: { amount, currency } },
    })
  })
})
