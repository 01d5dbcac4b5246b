import type pg from 'pg'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { copyRows } from '../copy.ts'
import { analyze, loadOnce } from '../dataset.ts'
import { withLoadClient } from '../load-client.ts'
import { advanceOrderNumbers } from '../order-numbers.ts'
import { copyOrders } from '../order-rows.ts'
import { demoId } from './ids.ts'
import { type Northwind, readNorthwind } from './northwind.ts'
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

const dataset = 'northwind'

/** Loads the demo data (Northwind), unless this database has it. Returns whether it did. */
export async function loadDemo(url: string, onProgress?: (message: string) => void): Promise<boolean> {
  return withLoadClient(url, async (client) => {
    const loaded = await loadOnce(client, dataset, async () => {
      onProgress?.('loading the demo data')
      const data = await readNorthwind()
      await copyNorthwind(client, data)
      onProgress?.(`loaded ${sizesOf(data)}`)
    })
    if (loaded) await analyze(client)
    return loaded
  })
}

/** Whether the demo viewers exist. The server role may read that, but not the record of loaded data sets. */
export function isDemoLoaded(url: string): Promise<boolean> {
  const { name, column } = physicalTable('Customer')
  return withClient(url, async (client) => {
    const found = await client.query(`select from ${name} where ${column('id')} = $1`, [demoId('customer', 'ALFKI')])
    return found.rowCount !== 0
  })
}

/** `29 suppliers, 8 categories, …` */
function sizesOf(data: Northwind): string {
  const sizes = Object.entries(data).map(([name, { length }]) => {
    return `${length.toLocaleString('en')} ${name.replace('_', ' ')}`
  })
  return sizes.join(', ')
}

/** Tables in the order of their references, because foreign keys are checked row by row. */
async function copyNorthwind(client: pg.Client, data: Northwind): Promise<void> {
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
