import { parseId } from '../../platform/graphql/ids.ts'
import type { Scope } from '../mutations.ts'

const fields = {
  id: true,
  version: true,
  name: true,
  packaging: true,
  unitPriceMinor: true,
  currency: true,
  reorderLevel: true,
  supplierId: true,
  categoryId: true,
  discontinued: true,
} as const

/** The product that a mutation changes, in the version that its caller saw. Ends the mutation where there is none. */
export async function currentProduct(
  { tx, errors }: Scope,
  { productId, version }: { productId: string; version: number },
) {
  const id = parseId('Product', productId)
  const product = id ? await tx.product.findUnique({ where: { id }, select: fields }) : null
  if (!product) return errors.refuse('PRODUCT_UNKNOWN', ['productId'])
  if (product.version !== version) return errors.refuseWith({ product: product.id }, 'CONFLICT', ['version'])
  return product
}

type Product = Awaited<ReturnType<typeof currentProduct>>

/**
 * Updates it, unless its version has changed: the update waits for a concurrent one, and then finds another version.
 */
export async function saveProduct(
  { tx, errors }: Scope,
  { id, version }: Product,
  changes: Partial<Product>,
): Promise<void> {
  const { count } = await tx.product.updateMany({
    where: { id, version },
    data: { ...changes, version: { increment: 1 } },
  })
  if (count === 0) errors.refuseWith({ product: id }, 'CONFLICT', ['version'])
}
