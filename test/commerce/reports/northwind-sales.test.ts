import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { centsOf, exactOf, lines, minorOf, orders, shipCountries } from '../support/northwind-files.ts'
import { amount, money, readReport } from '../support/report.ts'

// Each figure of the report is computed a second time, from the files of Northwind.

const folder = join(import.meta.dirname, '../../../prisma/demo')
const records = <T>(file: string, shape: z.ZodType<T>): T[] =>
  z.array(shape).parse(parse(readFileSync(join(folder, file), 'utf8'), { columns: true }))
const products = new Map(
  records('products.csv', z.object({ product_id: z.coerce.number(), name: z.string(), category_id: z.string() })).map(
    (product) => [product.product_id, product],
  ),
)
const categories = new Map(
  records('categories.csv', z.object({ category_id: z.string(), name: z.string() })).map((category) => [
    category.category_id,
    category.name,
  ]),
)
const orderOf = new Map(orders.map((order) => [order.order_id, order]))
const codeOf = new Map(Object.entries(shipCountries).map(([code, name]) => [name, code]))

type Line = (typeof lines)[number]
interface Figures {
  orders: number
  units: number
  gross: bigint
  discount: bigint
  net: bigint
  exactNet: bigint
}

function grossOf({ unit_price, quantity }: Line): bigint {
  const [whole = '', fraction = ''] = unit_price.split('.')
  return minorOf(`${whole}.${fraction.padEnd(2, '0')}`) * BigInt(quantity)
}

function figuresOf(some: readonly Line[]): Figures {
  const total = (of: (line: Line) => bigint) => some.reduce((sum, line) => sum + of(line), 0n)
  const [gross, net] = [total(grossOf), total(centsOf)]
  return {
    orders: new Set(some.map(({ order_id }) => order_id)).size,
    units: some.reduce((sum, { quantity }) => sum + quantity, 0),
    gross,
    discount: gross - net,
    net,
    exactNet: (total(exactOf) + 5000n) / 10_000n,
  }
}

const expected = (keyOf: (line: Line) => string): Map<string, Figures> =>
  new Map([...Map.groupBy(lines, keyOf)].map(([key, some]) => [key, figuresOf(some)]))

const figures = { orders: z.int(), units: z.int(), gross: money, discount: money, net: money, exactNet: money }
const measures = 'ORDERS, UNITS, GROSS, DISCOUNT, NET, EXACT_NET'
const select = `orders units gross ${amount} discount ${amount} net ${amount} exactNet ${amount}`

function plain(row: z.infer<z.ZodObject<typeof figures>>): Figures {
  const { orders, units, gross, discount, net, exactNet } = row
  const inDollars = [gross, discount, net, exactNet].map((each) => each.currency)
  expect(new Set(inDollars)).toEqual(new Set(['USD']))
  return { orders, units, gross: gross.amount, discount: discount.amount, net: net.amount, exactNet: exactNet.amount }
}

const month = ({ order_id }: Line) => orderOf.get(order_id)?.order_date.slice(0, 7) ?? ''
const country = ({ order_id }: Line) => codeOf.get(orderOf.get(order_id)?.ship_country ?? '') ?? ''
const category = ({ product_id }: Line) => categories.get(products.get(product_id)?.category_id ?? '') ?? ''
const named = z.object({ name: z.string() })

describe('salesReport of Northwind', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  const sales = async <T extends z.ZodRawShape>(by: string, fields: string, shape: T) => {
    const row = z.object({ ...figures, ...shape })
    return readReport(world.as('analyst'), 'salesReport', {
      args: `by: [${by}], measures: [${measures}]`,
      select: `${fields} ${select}`,
      row,
    })
  }
  const whole = [figuresOf(lines)]

  it('has the figures of the files for all 23 months', async () => {
    const { rows, totals, hasMore } = await sales('MONTH', 'month', { month: z.string().nullable() })
    expect(new Map(rows.map((row) => [row.month, plain(row)]))).toEqual(expected(month))
    expect(rows).toHaveLength(23)
    expect(rows.map((row) => row.month)).toEqual([...expected(month).keys()].sort())
    expect([totals.map(plain), totals[0]?.month, hasMore]).toEqual([whole, null, false])
  })

  it('has the figures of the files for all 21 countries; the USA net 245,584.61, or 245,584.65 with each line rounded', async () => {
    const { rows, totals } = await sales('COUNTRY', 'country', { country: z.string().nullable() })
    expect(new Map(rows.map((row) => [row.country, plain(row)]))).toEqual(expected(country))
    expect(rows).toHaveLength(21)
    expect(totals.map(plain)).toEqual(whole)
    const usa = rows.find((row) => row.country === 'US')
    expect([usa?.exactNet.amount, usa?.net.amount]).toEqual([24_558_461n, 24_558_465n])
  })

  it('has the figures of the files for all 8 categories, by their names', async () => {
    const { rows, totals } = await sales('CATEGORY', 'category { name }', { category: named.nullable() })
    expect(new Map(rows.map((row) => [row.category?.name, plain(row)]))).toEqual(expected(category))
    expect(rows.map((row) => row.category?.name)).toEqual([...categories.values()].sort())
    // An order with lines of two categories is in both rows, and once in the totals.
    expect(rows.reduce((sum, row) => sum + row.orders, 0)).toBeGreaterThan(orders.length)
    expect(totals.map(plain)).toEqual(whole)
  })

  it('has the figures of the files for each product, and for each quarter, category and country together', async () => {
    const byProduct = await sales('PRODUCT', 'product { name }', { product: named.nullable() })
    const productName = ({ product_id }: Line) => products.get(product_id)?.name ?? ''
    expect(new Map(byProduct.rows.map((row) => [row.product?.name, plain(row)]))).toEqual(expected(productName))

    const shape = { quarter: z.string().nullable(), category: named.nullable(), country: z.string().nullable() }
    const all = await sales('QUARTER, CATEGORY, COUNTRY', 'quarter category { name } country', shape)
    const quarter = (line: Line) => `${month(line).slice(0, 4)}-Q${Math.ceil(Number(month(line).slice(5)) / 3)}`
    const key = (line: Line) => [quarter(line), category(line), country(line)].join()
    const found = all.rows.map((row) => [[row.quarter, row.category?.name, row.country].join(), plain(row)] as const)
    expect(new Map(found)).toEqual(expected(key))
    expect([found.length, all.hasMore]).toEqual([expected(key).size, false])
  })

  it('has the figures of the files for each customer', async () => {
    const { rows } = await sales('CUSTOMER', 'customer { code }', {
      customer: z.object({ code: z.string() }).nullable(),
    })
    const code = ({ order_id }: Line) => orderOf.get(order_id)?.customer_id ?? ''
    expect(new Map(rows.map((row) => [row.customer?.code, plain(row)]))).toEqual(expected(code))
  })
})
