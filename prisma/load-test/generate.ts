import type pg from 'pg'
import { z } from 'zod'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { copyRows } from '../copy.ts'
import { analyze, loadOnce } from '../dataset.ts'
import { withLoadClient } from '../load-client.ts'
import { advanceOrderNumbers } from '../order-numbers.ts'
import { type Catalog, generateCatalog, openingMovements } from './catalog.ts'
import { firstOrderNumber, generateOrder } from './order.ts'
import { restoreSecondaryIndexes, withoutSecondaryIndexes } from './secondary-indexes.ts'
import { checkForeignKeys } from './trusted-load.ts'
import { writeOrders } from './write-orders.ts'

/** The generator uses numbers up to here. Orders that are placed meanwhile get higher ones. */
const lastOrderNumber = 100_000_000
export const maxOrders = lastOrderNumber - firstOrderNumber + 1
/** From this number of orders on, it is faster to build indexes afterwards. */
const largeLoad = 50_000
/** "SEED" in ASCII. */
const generatorLock = 0x53_45_45_44

export interface Progress {
  /** Orders in the database, including those of earlier runs. */
  orders: number
  target: number
  /** Orders written by this run. */
  written: { orders: number; lines: number }
}

interface Options {
  onWait?: () => void
  /** The orders are written, and their indexes are being built. */
  onBuild?: () => void
  onProgress?: (progress: Progress) => void
  /** Ends the run after the blocks that are being written. */
  signal?: AbortSignal
}

/**
 * Fills the database up to `target` generated orders, in blocks of one transaction each: after a kill the next run
 * continues after the last block. Returns the number of orders at the end.
 */
export async function generateOrders(url: string, target: number, options: Options = {}): Promise<Progress> {
  return withLoadClient(url, async (client) => {
    await takeTurn(client, options)
    const catalog = generateCatalog()
    await loadOnce(client, 'load-test', () => copyCatalog(client, catalog))
    const held = await countHeld(client, catalog)
    const progress: Progress = { orders: held, target, written: { orders: 0, lines: 0 } }
    const write = () =>
      writeOrders({ url, catalog, from: held, until: target, signal: options.signal }, (block) => {
        progress.orders += block.orders
        progress.written.orders += block.orders
        progress.written.lines += block.lines
        options.onProgress?.(progress)
      })
    await restoreSecondaryIndexes(client)
    if (target - held < largeLoad) await write()
    else await withoutSecondaryIndexes(client, () => options.onBuild?.(), write)
    if (progress.orders > held) {
      await checkForeignKeys(client)
      await analyze(client)
    }
    return progress
  })
}

/** Two runs at once would write the same orders. The lock ends with the connection. */
async function takeTurn(client: pg.Client, { onWait }: Options): Promise<void> {
  const attempt = await client.query('select pg_try_advisory_lock($1) as taken', [generatorLock])
  if (z.object({ taken: z.boolean() }).parse(attempt.rows[0]).taken) return
  onWait?.()
  await client.query('select pg_advisory_lock($1)', [generatorLock])
}

async function copyCatalog(client: pg.Client, catalog: Catalog): Promise<void> {
  await copyRows(client, 'Supplier', catalog.suppliers)
  await copyRows(client, 'Category', catalog.categories)
  await copyRows(client, 'Carrier', catalog.carriers)
  await copyRows(client, 'Product', catalog.products)
  await copyRows(client, 'StockMovement', openingMovements(catalog))
  await advanceOrderNumbers(client, lastOrderNumber)
}

/** Blocks are written in order, so the highest number shows how many there are. */
async function countHeld(client: pg.Client, catalog: Catalog): Promise<number> {
  const order = physicalTable('Order')
  const highest = await client.query(
    `select ${order.column('number')} as number, ${order.column('id')} as id from ${order.name}
     where ${order.column('number')} between $1 and $2 order by 1 desc limit 1`,
    [firstOrderNumber, lastOrderNumber],
  )
  const [found] = z.array(z.object({ number: z.int(), id: z.string() })).parse(highest.rows)
  if (!found) return 0
  const index = found.number - firstOrderNumber
  if (generateOrder(index, catalog).order.id === found.id) return index + 1
  throw new Error(
    `Order ${found.number} is not a generated one: generate into a database without orders from there on.`,
  )
}
