import { availableParallelism } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import { z } from 'zod'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { copyRows } from '../copy.ts'
import { inTransaction } from '../dataset.ts'
import { withLoadClient } from '../load-client.ts'
import { copyOrders, type OrderRows } from '../order-rows.ts'
import { blockSize } from './calendar.ts'
import type { Catalog } from './catalog.ts'
import { generateCustomer } from './customer.ts'
import { generateOrder, ordersPerCustomer } from './order.ts'
import { deferForeignKeys } from './trusted-load.ts'

/** PostgreSQL works longer on a block than this process: one connection for each core, and one more that waits. */
const connections = Math.min(4, availableParallelism() + 1)
const ordersPerTurn = 50
const idRows = z.array(z.object({ id: z.string() }))

interface Job {
  url: string
  catalog: Catalog
  /** Indexes of orders: the first, and the one after the last. */
  from: number
  until: number
  signal: AbortSignal | undefined
}

interface WrittenBlock {
  orders: number
  lines: number
}

/**
 * Writes orders in blocks of one transaction each, on several connections. Blocks are committed in order, so the orders
 * have no gap wherever a run ends.
 */
export async function writeOrders(job: Job, onBlock: (block: WrittenBlock) => void): Promise<void> {
  let next = job.from
  let failed = false
  let lastCustomers: Promise<unknown> = Promise.resolve()
  let lastOrders: Promise<unknown> = Promise.resolve()

  const work = async (client: pg.Client) => {
    await deferForeignKeys(client)
    while (next < job.until && !failed && !job.signal?.aborted) {
      const from = next
      next = Math.min(job.until, from - (from % blockSize) + blockSize)
      const until = next
      // Orders refer to customers of earlier blocks, which must not wait for the orders of those blocks.
      const customers = lastCustomers.then(() => writeCustomers(client, from, until))
      const predecessor = lastOrders
      const orders = customers.then(() => writeBlock(client, job.catalog, from, until, predecessor))
      lastCustomers = customers
      lastOrders = orders
      onBlock({ orders: until - from, lines: await orders })
    }
  }
  const workers = Array.from({ length: connections }, async () => {
    try {
      await withLoadClient(job.url, work)
    } catch (error) {
      failed = true
      throw error
    }
  })
  for (const worker of await Promise.allSettled(workers)) if (worker.status === 'rejected') throw worker.reason
}

/** The customers of these orders, except those that a killed run has written. */
async function writeCustomers(client: pg.Client, from: number, until: number): Promise<void> {
  const first = Math.ceil(from / ordersPerCustomer)
  const count = Math.ceil(until / ordersPerCustomer) - first
  const customers = Array.from({ length: count }, (_, offset) => generateCustomer(first + offset))
  const table = physicalTable('Customer')
  const id = table.column('id')
  const found = await client.query(`select ${id} as id from ${table.name} where ${id} = any($1::uuid[])`, [
    customers.map(({ customer }) => customer.id),
  ])
  const held = new Set(idRows.parse(found.rows).map((row) => row.id))
  const missing = customers.filter(({ customer }) => !held.has(customer.id))
  const rows = missing.map(({ customer }) => customer)
  const addresses = missing.map(({ address }) => address)
  await inTransaction(client, async () => {
    await copyRows(client, 'Customer', rows)
    await copyRows(client, 'Address', addresses)
  })
}

async function writeBlock(
  client: pg.Client,
  catalog: Catalog,
  from: number,
  until: number,
  predecessor: Promise<unknown>,
): Promise<number> {
  const orders = await generateBlock(catalog, from, until)
  await inTransaction(client, async () => {
    await copyOrders(client, orders)
    await predecessor
    // Last, because other connections wait for these products from here on.
    await reserveStock(client, orders)
  })
  return orders.reduce((total, { lines }) => total + lines.length, 0)
}

/**
 * In order of time, which is that of most indexes. Yields every few orders, so that the other connections do not
 * starve.
 */
async function generateBlock(catalog: Catalog, from: number, until: number): Promise<OrderRows[]> {
  const orders: OrderRows[] = []
  for (let index = from; index < until; index += 1) {
    orders.push(generateOrder(index, catalog))
    if (orders.length % ordersPerTurn === 0) await nextTurn()
  }
  return orders.sort((a, b) => a.order.placedAt.getTime() - b.order.placedAt.getTime())
}

/** The units that open orders reserve are on hand too, so the available stock stays as it was. */
async function reserveStock(client: pg.Client, orders: readonly OrderRows[]): Promise<void> {
  const reserved = new Map<string, number>()
  for (const { order, lines } of orders) {
    if (order.status !== 'PLACED' && order.status !== 'PAID') continue
    for (const line of lines) reserved.set(line.productId, (reserved.get(line.productId) ?? 0) + line.quantity)
  }
  const product = physicalTable('Product')
  const onHand = product.column('stockOnHand')
  const held = product.column('stockReserved')
  await client.query(
    `update ${product.name} set ${onHand} = ${onHand} + more.quantity, ${held} = ${held} + more.quantity
     from unnest($1::uuid[], $2::int[]) as more (id, quantity) where ${product.column('id')} = more.id`,
    [[...reserved.keys()], [...reserved.values()]],
  )
}
