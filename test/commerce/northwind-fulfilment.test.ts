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

describe('what became of Northwind’s orders', () => {
  let world: World
  let orders: z.infer<typeof orderShape>[]
  const shipped = () => orders.filter(({ status }) => status === 'SHIPPED')
  const open = () => orders.filter(({ status }) => status === 'PLACED')

  beforeAll(async () => {
    world = await createWorld()
    orders = await walk(world.as('admin'), { field: 'orders', select, node: orderShape, first: 50 })
  })
  afterAll(() => world.close())

  it('shipped 809 of the 830 orders and holds 21 open', () => {
    const unshipped = fileOrders.filter(({ shipped_date }) => shipped_date === '').map(({ order_id }) => order_id)

    expect(shipped()).toHaveLength(809)
    expect(new Set(open().map(({ number }) => number))).toEqual(new Set(unshipped))
    expect(unshipped).toHaveLength(21)
  })

  it('reserves of each product the quantities of its open orders, and has them on hand', async () => {
    const select = 'id sku available stock { onHand reserved }'
    const products = await walk(world.as('admin'), { field: 'products', select, node: productShape })
    const quantities = quantityByProduct(open().flatMap(({ lines }) => lines))

    expect(products.map((product) => [product.id, product.stock.reserved])).toEqual(
      products.map((product) => [product.id, quantities.get(product.id) ?? 0]),
    )
    expect(products.filter(({ stock, available }) => stock.onHand - stock.reserved !== available)).toEqual([])
    expect(total(products.map(({ stock }) => stock.reserved))).toBe(openUnitsOfFiles())
  })

  it('numbers invoices without a gap within each year of issue', () => {
    const invoices = orders.flatMap(({ invoice }) => invoice ?? [])
    const byYear = Map.groupBy(invoices, ({ issuedAt }) => issuedAt.slice(0, 4))

    expect([...byYear.keys()].sort()).toEqual(['1996', '1997', '1998'])
    expect(invoices).toHaveLength(809)
    for (const [year, ofYear] of byYear) {
      const expected = ofYear.map((_, index) => `INV-${year}-${String(index + 1).padStart(6, '0')}`)
      expect(ofYear.map(({ number }) => number).sort()).toEqual(expected)
    }
  })

  it('was paid by one payment of the grand total for each shipped order, which is what its invoice asks', () => {
    const expected = shipped().map(({ number, grandTotal }) => [number, [grandTotal.amount], grandTotal.amount])

    expect(
      shipped().map(({ number, payments, invoice }) => [
        number,
        payments.map(({ amount }) => amount.amount),
        invoice?.amount.amount,
      ]),
    ).toEqual(expected)
  })

  it('has neither payments, nor an invoice, nor shipments for open orders', () => {
    const touched = open().filter(
      ({ payments, invoice, shipments, shippedAt }) =>
        payments.length > 0 || invoice !== null || shipments.length > 0 || shippedAt !== null,
    )
    expect(touched).toEqual([])
  })

  it('put every unit of every line of a shipped order into its one shipment, on the day it was shipped', () => {
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
