import type { World } from '../../support/world.ts'

interface ProductChanges {
  name?: string
  currency?: string
  unitPriceMinor?: bigint
  stockOnHand?: number
  stockReserved?: number
  discontinued?: boolean
}

/** Inserts a product behind the API, with Northwind's first category and supplier. Returns its row. */
export async function insertProduct(world: World, sku: string, changes: ProductChanges = {}) {
  const category = await world.client.category.findFirstOrThrow({ orderBy: { name: 'asc' } })
  const supplier = await world.client.supplier.findFirstOrThrow({ orderBy: { name: 'asc' } })
  return world.client.product.create({
    data: {
      sku,
      name: `Test product ${sku}`,
      currency: 'USD',
      unitPriceMinor: 1000n,
      stockOnHand: 100,
      categoryId: category.id,
      supplierId: supplier.id,
      ...changes,
    },
  })
}
