import type pg from 'pg'
import { withClient } from '../../src/platform/database/with-client.ts'
import { copyRows } from '../copy.ts'
import { analyze, loadOnce } from '../dataset.ts'
import { advanceOrderNumbers } from '../order-numbers.ts'
import { copyOrders } from '../order-rows.ts'
import { readNorthwind } from './northwind.ts'
import { demoOrders } from './orders.ts'
import {
  addressRows,
  carrierRows,
  categoryRows,
  customerRows,
  movementRows,
  productRows,
  supplierRows,
} from './rows.ts'

/** Loads the demo data (Northwind), unless this database has it; returns whether it did. */
export async function loadDemo(url: string, onProgress?: (message: string) => void): Promise<boolean> {
  return withClient(url, async (client) => {
    const loaded = await loadOnce(client, 'northwind', () => {
      onProgress?.('loading the demo data')
      return copyNorthwind(client)
    })
    if (loaded) await analyze(client)
    return loaded
  })
}

/** Tables in the order of their references: foreign keys are checked as rows come. */
async function copyNorthwind(client: pg.Client): Promise<void> {
  const data = await readNorthwind()
  await copyRows(client, 'Supplier', supplierRows(data))
  await copyRows(client, 'Category', categoryRows(data))
  await copyRows(client, 'Carrier', carrierRows(data))
  await copyRows(client, 'Product', productRows(data))
  await copyRows(client, 'StockMovement', movementRows(data))
  await copyRows(client, 'Customer', customerRows(data))
  await copyRows(client, 'Address', addressRows(data))
  const orders = demoOrders(data)
  await copyOrders(client, orders)
  await advanceOrderNumbers(client, Math.max(...orders.map(({ order }) => order.number)))
}
