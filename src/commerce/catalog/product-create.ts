import type { Transaction } from '../../platform/database/transaction.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText, requiredText } from '../../platform/mutations/text-input.ts'
import { changesCatalog } from '../access.ts'
import { forPartners } from '../audiences.ts'
import { formatMinor } from '../money/money.ts'
import { MoneyInput, minorOf } from '../money/money-input.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { productCreated } from './catalog-events.ts'
import { categoryIdOf, checkParents, checkUnits, packagingLimits, supplierIdOf } from './product-parts.ts'
import { openStock } from './stock.ts'

const skuLimits = {
  max: 40,
  pattern: { expression: /^[A-Za-z0-9]+([._/-][A-Za-z0-9]+)*$/, example: '"NW-0042"' },
}

const ProductCreateInput = builder.inputType('ProductCreateInput', {
  description: 'A product to take into the catalogue.',
  fields: (t) => ({
    sku: t.string({
      required: true,
      description:
        'Its stock keeping unit, which no other product has: letters and digits, in parts joined by . _ / or -.',
    }),
    name: t.string({ required: true, description: 'Its name.' }),
    packaging: t.string({ description: 'What one unit is: "24 - 12 oz bottles".' }),
    unitPrice: t.field({ type: MoneyInput, required: true, description: 'The price of one unit.' }),
    stockOnHand: t.int({
      required: true,
      defaultValue: 0,
      description: 'Units in the warehouse already: the first entry of its ledger.',
    }),
    reorderLevel: t.int({
      required: true,
      defaultValue: 0,
      description: 'When fewer than these are available, buy more.',
    }),
    supplierId: t.id({ required: true, description: 'The company it is bought from.' }),
    categoryId: t.id({ required: true, description: 'The part of the catalogue it belongs to.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('productCreate', (t) =>
  t.field(
    mutation({
      subGraphs: forPartners,
      name: 'productCreate',
      description: 'Takes a product into the catalogue.',
      auth: changesCatalog,
      input: ProductCreateInput,
      idempotencyKey: 'optional',
      inBulk: true,
      changes: { product: 'Product' },
      run: createProduct,
    }),
  ),
)

async function createProduct(input: typeof ProductCreateInput.$inferInput, scope: Scope) {
  const { tx, errors } = scope
  const draft = draftOf(input, errors)
  errors.refuseIfAny()
  await checkSku(tx, draft.sku, errors)
  await checkParents(tx, draft, errors)
  errors.refuseIfAny()
  const { stockOnHand } = input
  const { id } = await tx.product.create({ data: { ...draft, stockOnHand }, select: { id: true } })
  emitProductCreated(scope, id, draft)
  await openStock(scope, id, stockOnHand)
  return { product: id }
}

type Draft = ReturnType<typeof draftOf>

function draftOf(input: typeof ProductCreateInput.$inferInput, errors: Errors) {
  checkUnits(input.stockOnHand, errors, ['stockOnHand'])
  checkUnits(input.reorderLevel, errors, ['reorderLevel'])
  return {
    sku: requiredText(errors, input.sku, ['sku'], skuLimits),
    name: requiredText(errors, input.name, ['name']),
    packaging: optionalText(errors, input.packaging, ['packaging'], packagingLimits),
    unitPriceMinor: minorOf(input.unitPrice, errors, ['unitPrice']),
    currency: input.unitPrice.currency,
    reorderLevel: input.reorderLevel,
    supplierId: supplierIdOf(input.supplierId, errors),
    categoryId: categoryIdOf(input.categoryId, errors),
  }
}

async function checkSku(tx: Transaction, sku: string, errors: Errors): Promise<void> {
  if (await tx.product.findUnique({ where: { sku }, select: { id: true } })) errors.add('SKU_TAKEN', ['sku'])
}

function emitProductCreated({ emit }: Scope, id: string, { sku, name, unitPriceMinor, currency }: Draft): void {
  emit(productCreated, {
    id,
    payload: {
      productId: encodeId('Product', id),
      sku,
      name,
      unitPrice: formatMinor(unitPriceMinor, currency),
      currency,
    },
  })
}
