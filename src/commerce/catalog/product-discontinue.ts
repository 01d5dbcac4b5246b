import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCatalog } from '../access.ts'
import { forPartners } from '../audiences.ts'
import { mutation, type Scope } from '../mutations.ts'
import { productDiscontinued } from './catalog-events.ts'
import { currentProduct, saveProduct } from './product-version.ts'

const ProductDiscontinueInput = builder.inputType('ProductDiscontinueInput', {
  description: 'A product that is no longer to be sold.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    version: t.int({ required: true, description: 'The version that was seen.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('productDiscontinue', (t) =>
  t.field(
    mutation({
      subGraphs: forPartners,
      name: 'productDiscontinue',
      description: 'Ends the sale of a product: it cannot be ordered any more. Orders that have it are carried out.',
      auth: changesCatalog,
      input: ProductDiscontinueInput,
      idempotencyKey: 'optional',
      changes: { product: 'Product' },
      run: discontinueProduct,
    }),
  ),
)

async function discontinueProduct(input: typeof ProductDiscontinueInput.$inferInput, scope: Scope) {
  const product = await currentProduct(scope, input)
  const { id } = product
  if (product.discontinued) scope.errors.refuseWith({ product: id }, 'PRODUCT_DISCONTINUED', ['productId'])
  await saveProduct(scope, product, { discontinued: true })
  scope.emit(productDiscontinued, {
    id,
    payload: { productId: encodeId('Product', id) },
  })
  return { product: id }
}
