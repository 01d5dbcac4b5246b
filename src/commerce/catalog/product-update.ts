import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import {
  effectiveChanges,
  namedOptionalText,
  namedText,
  namedValue,
  namesNothing,
} from '../../platform/mutations/changes.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCatalog } from '../access.ts'
import { forPartners } from '../audiences.ts'
import { MoneyInput, minorOf } from '../money/money-input.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { productUpdated } from './catalog-events.ts'
import { categoryIdOf, checkParents, checkUnits, packagingLimits, supplierIdOf } from './product-parts.ts'
import { currentProduct, saveProduct } from './product-version.ts'

const ProductUpdateInput = builder.inputType('ProductUpdateInput', {
  description: 'What to change about a product; what is left out stays as it is.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    version: t.int({ required: true, description: 'The version that was seen.' }),
    name: t.string({ description: 'Its name.' }),
    packaging: t.string({ description: 'What one unit is; null when there is nothing to say.' }),
    unitPrice: t.field({ type: MoneyInput, description: 'The price of one unit, in the currency it has now.' }),
    reorderLevel: t.int({ description: 'When fewer than these are available, buy more.' }),
    supplierId: t.id({ description: 'The company it is bought from.' }),
    categoryId: t.id({ description: 'The part of the catalogue it belongs to.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('productUpdate', (t) =>
  t.field(
    mutation({
      subGraphs: forPartners,
      name: 'productUpdate',
      description: 'Changes what the catalogue says of a product. Orders keep the prices they were placed at.',
      auth: changesCatalog,
      input: ProductUpdateInput,
      idempotencyKey: 'optional',
      inBulk: true,
      changes: { product: 'Product' },
      run: updateProduct,
    }),
  ),
)

async function updateProduct(input: typeof ProductUpdateInput.$inferInput, scope: Scope) {
  const { tx, errors, emit } = scope
  const named = changesOf(input, errors)
  errors.refuseIfAny()
  if (namesNothing(named)) errors.refuse('NOTHING_TO_DO', [])
  const product = await currentProduct(scope, input)
  checkCurrency(input, product.currency, errors)
  await checkParents(tx, named, errors)
  errors.refuseIfAny()
  const changes = effectiveChanges(named, product)
  if (namesNothing(changes)) return { product: product.id }
  await saveProduct(scope, product, changes)
  emit(productUpdated, {
    id: product.id,
    payload: { productId: encodeId('Product', product.id), changed: Object.keys(changes).map(publicName) },
  })
  return { product: product.id }
}

function changesOf(input: typeof ProductUpdateInput.$inferInput, errors: Errors) {
  const unitPrice = namedValue(errors, input.unitPrice, ['unitPrice'])
  const reorderLevel = namedValue(errors, input.reorderLevel, ['reorderLevel'])
  const supplierId = namedValue(errors, input.supplierId, ['supplierId'])
  const categoryId = namedValue(errors, input.categoryId, ['categoryId'])
  if (reorderLevel !== undefined) checkUnits(reorderLevel, errors, ['reorderLevel'])
  return {
    name: namedText(errors, input.name, ['name']),
    packaging: namedOptionalText(errors, input.packaging, ['packaging'], packagingLimits),
    unitPriceMinor: unitPrice && minorOf(unitPrice, errors, ['unitPrice']),
    reorderLevel,
    supplierId: supplierId === undefined ? undefined : supplierIdOf(supplierId, errors),
    categoryId: categoryId === undefined ? undefined : categoryIdOf(categoryId, errors),
  }
}

function checkCurrency({ unitPrice }: typeof ProductUpdateInput.$inferInput, currency: string, errors: Errors): void {
  if (unitPrice == null || unitPrice.currency === currency) return
  errors.add('CURRENCY_MISMATCH', ['unitPrice', 'currency'], `The product is sold in ${currency}.`)
}

function publicName(change: string): string {
  return change === 'unitPriceMinor' ? 'unitPrice' : change
}
