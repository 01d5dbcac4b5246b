import { z } from 'zod'
import { everyone } from '../../platform/auth/rule.ts'
import { changedFields, idOf, rowChange } from '../../platform/events/payload.ts'
import { topic } from '../../platform/events/topic.ts'
import { readsStock } from '../access.ts'
import { amountText, currencyText } from '../money/money-payload.ts'

const ofProducts = { version: 1, aggregate: 'Product', seenBy: everyone } as const
const ofCategories = { version: 1, aggregate: 'Category', seenBy: everyone } as const
const productId = idOf('Product')
const categoryId = idOf('Category')

export const productCreated = topic({
  ...ofProducts,
  name: 'product.created',
  about: 'A product was added.',
  payload: z.object({
    productId,
    sku: z.string().describe('Its SKU.'),
    name: z.string().describe('Its name.'),
    unitPrice: amountText,
    currency: currencyText,
  }),
})

export const productUpdated = topic({
  ...ofProducts,
  name: 'product.updated',
  about: 'A product has other values.',
  payload: z.object({ productId, changed: changedFields }),
})

export const productDiscontinued = topic({
  ...ofProducts,
  name: 'product.discontinued',
  about: 'A product is no longer sold.',
  payload: z.object({ productId }),
})

export const productChanged = topic({
  ...ofProducts,
  name: 'product.changed',
  about: 'A product was written in plain SQL.',
  payload: z.object({ productId, ...rowChange }),
})

export const stockChanged = topic({
  ...ofProducts,
  name: 'stock.changed',
  about: 'A product has another stock, or other reservations.',
  isCacheNeutral: true,
  detail: { fields: ['onHand', 'reserved', 'reason'], seenBy: readsStock },
  payload: z.object({
    productId,
    available: z.int().describe('Units that can be ordered now.'),
    onHand: z.int().describe('Units in the warehouse.'),
    reserved: z.int().describe('Units that orders have reserved.'),
    reason: z
      .enum(['OPENING', 'DELIVERY', 'COUNT', 'DAMAGE', 'SHIPPED', 'RETURNED', 'RESERVED', 'RELEASED'])
      .describe('Why it changed.'),
  }),
})

export const categoryCreated = topic({
  ...ofCategories,
  name: 'category.created',
  about: 'A category was added.',
  payload: z.object({ categoryId, name: z.string().describe('Its name.') }),
})

export const categoryUpdated = topic({
  ...ofCategories,
  name: 'category.updated',
  about: 'A category has other values.',
  payload: z.object({ categoryId, changed: changedFields }),
})

export const categoryChanged = topic({
  ...ofCategories,
  name: 'category.changed',
  about: 'A category was written in plain SQL.',
  payload: z.object({ categoryId, ...rowChange }),
})

export const supplierChanged = topic({
  version: 1,
  aggregate: 'Supplier',
  seenBy: everyone,
  name: 'supplier.changed',
  about: 'A supplier was written in plain SQL.',
  payload: z.object({ supplierId: idOf('Supplier'), ...rowChange }),
})
