import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { centsOf, exactOf, lines, minorOf, orders, shipCountries, sum } from './support/northwind-files.ts'
import { walk } from './support/walk.ts'

const money = z.strictObject({ amount: z.string().transform(minorOf), currency: z.literal('USD') })
const orderShape = z.object({
  number: z.int(),
  subtotal: money,
  discount: money,
  total: money,
  freight: money,
  grandTotal: money,
  shipTo: z.object({ country: z.string() }),
  lines: z.array(z.object({ total: money })),
})
const select = `number subtotal { amount currency } discount { amount currency } total { amount currency }
  freight { amount currency } grandTotal { amount currency } shipTo { country } lines { total { amount currency } }`

describe('Northwind, read through the API by an administrator', () => {
  let world: World
  let found: z.infer<typeof orderShape>[]

  beforeAll(async () => {
    world = await createWorld()
    found = await walk(world.as('admin'), { field: 'orders', select, node: orderShape })
  })
  afterAll(() => world.close())

  it('has 830 orders, each once, with 2,155 lines', () => {
    expect(found).toHaveLength(830)
    expect(new Set(found.map(({ number }) => number)).size).toBe(830)
    expect(found.flatMap((order) => order.lines)).toHaveLength(2155)
  })

  it('has 91 customers, 77 products, 29 suppliers, 8 categories and 6 carriers, by pages and by count', async () => {
    const expected = { customers: 91, products: 77, suppliers: 29, categories: 8, carriers: 6 }
    const fields = Object.keys(expected)

    const counted = dataOf(
      await world.as('admin').query(`{ ${fields.map((field) => `${field} { totalCount }`).join(' ')} }`),
      z.record(z.string(), z.object({ totalCount: z.int() })),
    )
    const walked = await Promise.all(fields.map((field) => distinctIds(world, field)))

    expect(Object.fromEntries(fields.map((field) => [field, counted[field]?.totalCount]))).toEqual(expected)
    expect(Object.fromEntries(fields.map((field, index) => [field, walked[index]]))).toEqual(expected)
  })

  it.each(Object.entries(shipCountries))('sums the lines of the orders to %s as the files of %s do', (code, name) => {
    const numbers = new Set(orders.filter((order) => order.ship_country === name).map(({ order_id }) => order_id))
    const ofCountry = lines.filter(({ order_id }) => numbers.has(order_id))
    const shown = found.filter(({ shipTo }) => shipTo.country === code).flatMap((order) => order.lines)

    expect(shown.length).toBe(ofCountry.length)
    expect(sum(shown.map(({ total }) => total.amount))).toBe(sum(ofCountry.map(centsOf)))
  })

  it('ships to 21 countries and no others', () => {
    expect(new Set(found.map(({ shipTo }) => shipTo.country))).toEqual(new Set(Object.keys(shipCountries)))
    expect(Object.keys(shipCountries)).toHaveLength(21)
  })

  it('differs from the unrounded sum of the USA, 245,584.61, by half a cent a line at most', () => {
    const numbers = new Set(orders.filter((order) => order.ship_country === 'USA').map(({ order_id }) => order_id))
    const exact = sum(lines.filter(({ order_id }) => numbers.has(order_id)).map(exactOf))
    const shown = found.filter(({ shipTo }) => shipTo.country === 'US').flatMap((order) => order.lines)

    const difference = sum(shown.map(({ total }) => total.amount)) * 10_000n - exact

    expect((exact + 5000n) / 10_000n).toBe(24_558_461n)
    expect(difference < 0n ? -difference : difference).toBeLessThanOrEqual(5000n * BigInt(shown.length))
  })

  // Northwind's known net total has fractions of a cent from discounts. A line here costs whole cents, because that is
  // what can be paid, so each of the 2,155 lines is rounded, and the roundings sum up to 25 cents.
  it('sells for 1,265,793.29 net, where unrounded lines sum to 1,265,793.0395', () => {
    expect(sum(lines.map(exactOf))).toBe(1_265_793_039_500n)
    expect(sum(lines.map(centsOf))).toBe(126_579_329n)
    expect(sum(found.map(({ total }) => total.amount))).toBe(126_579_329n)
  })

  it('has the sum of its line totals as the total of each order', () => {
    const wrong = found.filter((order) => sum(order.lines.map(({ total }) => total.amount)) !== order.total.amount)
    expect(wrong).toEqual([])
  })

  it('subtracts each discount from the subtotal, and adds freight to the total', () => {
    const off = found.filter(({ subtotal, discount, total }) => subtotal.amount - discount.amount !== total.amount)
    const owed = found.filter(({ total, freight, grandTotal }) => total.amount + freight.amount !== grandTotal.amount)

    expect([off, owed]).toEqual([[], []])
    expect(sum(found.map(({ subtotal }) => subtotal.amount))).toBe(135_445_859n)
    expect(sum(found.map(({ freight }) => freight.amount))).toBe(6_494_269n)
  })
})

async function distinctIds(world: World, field: string): Promise<number> {
  const nodes = await walk(world.as('admin'), { field, select: 'id', node: z.object({ id: z.string() }), first: 5 })
  return new Set(nodes.map(({ id }) => id)).size
}
