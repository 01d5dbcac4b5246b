import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../support/world.ts'
import { lines as fileLines, orders as fileOrders, minorOf } from './support/northwind-files.ts'
import { walk } from './support/walk.ts'

const id = z.object({ id: z.string() })
const money = z.object({ amount: z.string().transform(minorOf) })
const orderShape = z.object({
  number: z.int(),
  status: z.enum(['PLACED', 'SHIPPED']),
  shippedAt: z.string().nullable(),
  grandTotal: money,
  payments: z.array(z.object({ amount: money })),
  invoice: z.object({ number: z.string(), issuedAt: z.string(), amount: money }).nullable(),
  lines: z.array(z.object({ id: z.string(), quantity: z.int(), product: id })),
  shipments: z.array(
    z.object({ shippedAt: z.string(), lines: z.array(z.object({ quantity: z.int(), orderLine: id })) }),
  ),
})
const select = `number status shippedAt grandTotal { amount } payments { amount { amount } }
  invoice { number issuedAt amount { amount } } lines { id quantity product { id } }
  shipments { shippedAt lines { quantity orderLine { id } } }`

const productShape = z.object({
  id: z.string(),
  sku: z.string(),
  available: z.int(),
  stock: z.object({ onHand: z.int(), reserved: z.int() }),
})

describe('Northwind’s orders', () => {
  let world: World
  let orders: z.infer<typeof orderShape>[]
  const shipped = () => orders.filter(({ status }) => status === 'SHIPPED')
  const open = () => orders.filter(({ status }) => status === 'PLACED')

  beforeAll(async () => {
    world = await createWorld()
    orders = await walk(world.as('admin'), { field: 'orders', select, node: orderShape, first: 50 })
  })
  afterAll(() => world.close())

  it('are 809 shipped ones of 830, and 21 open ones', () => {
    const unshipped = fileOrders.filter(({ shipped_date }) => shipped_date === '').map(({ order_id }) => order_id)

    expect(shipped()).toHaveLength(809)
    expect(new Set(open().map(({ number }) => number))).toEqual(new Set(unshipped))
    expect(unshipped).toHaveLength(21)
  })

  it('reserve the quantities of open orders, which are on hand', async () => {
    const select = 'id sku available stock { onHand reserved }'
    const products = await walk(world.as('admin'), { field: 'products', select, node: productShape })
    const quantities = quantityByProduct(open().flatMap(({ lines }) => lines))

    expect(products.map((product) => [product.id, product.stock.reserved])).toEqual(
      products.map((product) => [product.id, quantities.get(product.id) ?? 0]),
    )
    expect(products.filter(({ stock, available }) => stock.onHand - stock.reserved !== available)).toEqual([])
    expect(total(products.map(({ stock }) => stock.reserved))).toBe(openUnitsOfFiles())
  })

  it('have invoice numbers without a gap within each year of issue', () => {
    const invoices = orders.flatMap(({ invoice }) => invoice ?? [])
    const byYear = Map.groupBy(invoices, ({ issuedAt }) => issuedAt.slice(0, 4))

    expect([...byYear.keys()].sort()).toEqual(['1996', '1997', '1998'])
    expect(invoices).toHaveLength(809)
    for (const [year, ofYear] of byYear) {
      const expected = ofYear.map((_, index) => `INV-${year}-${String(index + 1).padStart(6, '0')}`)
      expect(ofYear.map(({ number }) => number).sort()).toEqual(expected)
    }
  })

  it('have one payment of the grand total for each shipped order, equal to its invoice', () => {
    const expected = shipped().map(({ number, grandTotal }) => [number, [grandTotal.amount], grandTotal.amount])

    expect(
      shipped().map(({ number, payments, invoice }) => [
        number,
        payments.map(({ amount }) => amount.amount),
        invoice?.amount.amount,
      ]),
    ).toEqual(expected)
  })

  it('have neither payments, invoice nor shipments while open', () => {
    const touched = open().filter(
      ({ payments, invoice, shipments, shippedAt }) =>
        payments.length > 0 || invoice !== null || shipments.length > 0 || shippedAt !== null,
    )
    expect(touched).toEqual([])
  })

  it('have every unit of a shipped order in its one shipment, on the day it was shipped', () => {
    const sent = shipped().map(({ number, shipments }) => [
      number,
      shipments.map(({ shippedAt, lines }) => [
        shippedAt,
        lines.map(({ quantity, orderLine }) => [orderLine.id, quantity]),
      ]),
    ])

    expect(sent).toEqual(
      shipped().map(({ number, shippedAt, lines }) => [
        number,
        [[shippedAt, lines.map(({ id, quantity }) => [id, quantity])]],
      ]),
    )
  })
})

function quantityByProduct(lines: { quantity: number; product: { id: string } }[]): Map<string, number> {
  const quantities = new Map<string, number>()
  for (const { quantity, product } of lines) quantities.set(product.id, (quantities.get(product.id) ?? 0) + quantity)
  return quantities
}

function openUnitsOfFiles(): number {
  const open = new Set(fileOrders.filter(({ shipped_date }) => shipped_date === '').map(({ order_id }) => order_id))
  return total(fileLines.filter(({ order_id }) => open.has(order_id)).map(({ quantity }) => quantity))
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
