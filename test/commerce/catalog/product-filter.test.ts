import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { insertProduct } from '../support/product.ts'
import { walk } from '../support/walk.ts'

const readRows = (world: World) =>
  world.client.product.findMany({ include: { category: true, supplier: true }, orderBy: { sku: 'asc' } })

type Row = Awaited<ReturnType<typeof readRows>>[number]

let world: World
let rows: Row[]
beforeAll(async () => {
  world = await createWorld()
  await insertProduct(world, 'X-1', { name: '100% Cocoa', currency: 'JPY', unitPriceMinor: 1250n })
  await insertProduct(world, 'X-2', { name: 'Sugar_free 1000 g', currency: 'JPY', unitPriceMinor: 1251n })
  await insertProduct(world, 'X-3', { name: 'Back\\slash tea', stockOnHand: 7, stockReserved: 7 })
  await insertProduct(world, 'X-4', { name: 'ÉCLAIR', stockOnHand: 8, stockReserved: 7 })
  rows = await readRows(world)
})
afterAll(() => world.close())

const skusOf = async (filter: Record<string, unknown>): Promise<string[]> => {
  const query = `query ($filter: ProductFilter) { products(filter: $filter, first: 100) {
    totalCount edges { node { sku } } } }`
  const shape = z.object({
    products: z.object({ totalCount: z.int(), edges: z.array(z.object({ node: z.object({ sku: z.string() }) })) }),
  })
  const { products } = dataOf(await world.as('anonymous').query(query, { filter }), shape)
  expect(products.totalCount).toBe(products.edges.length)
  return products.edges.map(({ node }) => node.sku).sort()
}

const matching = (matches: (row: Row) => boolean) => rows.filter(matches).map(({ sku }) => sku)
const named = (text: string) => (row: Row) => row.name.toLowerCase().includes(text)
const idOf = (model: 'category' | 'supplier', name: string): string => {
  const row = rows.find((product) => product[model].name === name)?.[model]
  return encodeId(model === 'category' ? 'Category' : 'Supplier', row?.id ?? '')
}

describe('a filter of products', () => {
  it('finds the products of a category and of a supplier', async () => {
    const seafood = { categoryId: idOf('category', 'Seafood') }
    const tokyo = { supplierId: idOf('supplier', 'Tokyo Traders') }

    expect(await skusOf(seafood)).toEqual(matching(({ category }) => category.name === 'Seafood'))
    expect(await skusOf(tokyo)).toEqual(['NW-0009', 'NW-0010', 'NW-0074'])
    expect(await skusOf({ ...seafood, ...tokyo })).toEqual(['NW-0010'])
  })

  it.each<[Record<string, unknown>, (row: Row) => boolean, number]>([
    [
      { currency: 'USD', min: '18.00', max: '18' },
      ({ currency, unitPriceMinor: p }) => currency === 'USD' && p === 1800n,
      4,
    ],
    [{ currency: 'USD', min: '97.00' }, ({ currency, unitPriceMinor: p }) => currency === 'USD' && p >= 9700n, 3],
    [{ currency: 'USD', min: '97.01' }, ({ currency, unitPriceMinor: p }) => currency === 'USD' && p > 9700n, 2],
    [{ currency: 'USD', max: '2.50' }, ({ currency, unitPriceMinor: p }) => currency === 'USD' && p <= 250n, 1],
    [{ currency: 'USD', max: '2.49' }, () => false, 0],
    [{ currency: 'JPY', min: '1250', max: '1250.000' }, ({ sku }) => sku === 'X-1', 1],
    [{ currency: 'JPY' }, ({ currency }) => currency === 'JPY', 2],
    [{ currency: 'EUR' }, () => false, 0],
  ])('by the price %o includes both ends, and its currency only', async (price, matches, count) => {
    expect(await skusOf({ price })).toEqual(matching(matches))
    expect(matching(matches)).toHaveLength(count)
  })

  it.each([
    [{ currency: 'USD', min: '18.005' }, '18.005 has more digits after the point than USD, which has 2.'],
    [{ currency: 'JPY', max: '1250.5' }, '1250.5 has more digits after the point than JPY, which has 0.'],
  ])('is refused for the price %o, which is no amount of its currency', async (price, message) => {
    const query = 'query ($price: MoneyRange) { products(filter: { price: $price }) { totalCount } }'
    const answered = await world.as('anonymous').query(query, { price })

    expect(codesOf(answered)).toEqual(['BAD_USER_INPUT'])
    expect(answered.errors?.[0]?.message).toBe(message)
    expect(answered.data).toEqual({ products: null })
  })

  it.each([
    ['USD', '999999999999999.99', 0],
    ['KWD', '999999999999999.999', 0],
    ['CLF', '999999999999999.9999', 0],
  ])('accepts the largest Decimal, in %s', async (currency, min, count) => {
    expect(await skusOf({ price: { currency, min } })).toHaveLength(count)
    expect(await skusOf({ price: { currency, max: `-${min}` } })).toHaveLength(0)
  })

  it.each([
    ['chai', named('chai'), 1],
    ['CHA', named('cha'), 3],
    ['éclair', named('éclair'), 1],
    ['eclair', named('éclair'), 1],
    ['E\u0301CLAIR', named('éclair'), 1],
    ['cote de bl', named('côte de blaye'), 1],
    ['Chäng', named('chang'), 1],
    ['RÖGEDE', named('rogede sild'), 1],
    ['Røgede', named('rogede sild'), 1],
    ['Grune Sosse', named('grüne soße'), 1],
    ['soße', named('soße'), 1],
    ['%', ({ sku }: Row) => sku === 'X-1', 1],
    ['_', ({ sku }: Row) => sku === 'X-2', 1],
    ['\\', ({ sku }: Row) => sku === 'X-3', 1],
    ['100%', ({ sku }: Row) => sku === 'X-1', 1],
    ['c_oa', () => false, 0],
    ['', () => true, 81],
    ["'; drop table commerce.md_product; --", () => false, 0],
  ])(
    'of the name finds %j anywhere in it, in any case and with any accents, all other characters as themselves',
    async (nameContains, matches, count) => {
      expect(await skusOf({ nameContains })).toEqual(matching(matches))
      expect(matching(matches)).toHaveLength(count)
    },
  )

  it('distinguishes available products from those whose stock is fully reserved', async () => {
    const inStock = await skusOf({ inStock: true })
    const outOfStock = await skusOf({ inStock: false })

    expect(inStock).toEqual(matching(({ stockOnHand, stockReserved }) => stockOnHand > stockReserved))
    expect(outOfStock).toEqual(matching(({ stockOnHand, stockReserved }) => stockOnHand <= stockReserved))
    expect([inStock.includes('X-4'), outOfStock.includes('X-3')]).toEqual([true, true])
    expect([inStock.length, outOfStock.length]).toEqual([75, 6])
  })

  it('distinguishes sold from discontinued products', async () => {
    expect(await skusOf({ discontinued: true })).toEqual(matching(({ discontinued }) => discontinued))
    expect(await skusOf({ discontinued: false })).toHaveLength(71)
  })

  it('lists products that meet every condition', async () => {
    const filter = {
      categoryId: idOf('category', 'Beverages'),
      supplierId: idOf('supplier', 'Exotic Liquids'),
      price: { currency: 'USD', min: '18.50' },
      nameContains: 'ch',
      inStock: true,
      discontinued: true,
    }

    expect(await skusOf(filter)).toEqual(['NW-0002'])
    for (const change of [{ nameContains: 'x' }, { inStock: false }, { discontinued: false }]) {
      expect(await skusOf({ ...filter, ...change })).toEqual([])
    }
  })

  it('ignores a condition that is null', async () => {
    const nothing = { categoryId: null, supplierId: null, price: null, nameContains: null, inStock: null }
    expect(await skusOf({ ...nothing, discontinued: null })).toHaveLength(81)
  })
})

describe('a list of products', () => {
  it.each([
    ['NAME', { name: 'asc' }],
    ['SKU', { sku: 'asc' }],
    ['PRICE', { unitPriceMinor: 'asc' }],
  ] as const)('sorted by %s comes in that order, through all its pages', async (field, orderBy) => {
    const expected = await world.client.product.findMany({ orderBy: [orderBy, { id: 'asc' }], select: { sku: true } })
    const args = `sort: { field: ${field} }`
    const node = z.object({ sku: z.string() })

    expect(await walk(world.as('anonymous'), { field: 'products', args, select: 'sku', node, first: 7 })).toEqual(
      expected,
    )
  })
})
