import { z } from 'zod'
import { type Model, physicalNames } from '../../../src/platform/database/physical-names.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import type { World } from '../../support/world.ts'

const written = z.array(z.tuple([z.string()]))

/** Every row of the shop as PostgreSQL writes it, by model, in the order of ids. */
export function everything({ databaseUrl }: World) {
  return withClient(databaseUrl, async (client) => {
    const rowsOf = async (model: Model) => {
      const { name, columns } = physicalNames(model)
      const text = `select t::text from ${name} t order by ${columns.get('id')}`
      const { rows } = await client.query({ text, rowMode: 'array' })
      return written.parse(rows).map(([row]) => row)
    }
    return {
      suppliers: await rowsOf('Supplier'),
      categories: await rowsOf('Category'),
      carriers: await rowsOf('Carrier'),
      products: await rowsOf('Product'),
      customers: await rowsOf('Customer'),
      addresses: await rowsOf('Address'),
      orders: await rowsOf('Order'),
      lines: await rowsOf('OrderLine'),
      shipments: await rowsOf('Shipment'),
      shipmentLines: await rowsOf('ShipmentLine'),
      payments: await rowsOf('Payment'),
      invoices: await rowsOf('Invoice'),
    }
  })
}
