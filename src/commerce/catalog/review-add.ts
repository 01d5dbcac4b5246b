import { builder } from '../../platform/graphql/builder.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { requiredText } from '../../platform/mutations/text-input.ts'
import { reviewsProducts } from '../access.ts'
import { inShop } from '../audiences.ts'
import { mutation, type ScopeElsewhere } from '../mutations.ts'
import { addReview, longestReview, productReviews, reviewsService } from './reviews-service.ts'

const ReviewAddInput = builder.inputType('ReviewAddInput', {
  description: 'What a customer says of a product.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    rating: t.int({ required: true, description: 'From 1, bad, to 5, good.' }),
    text: t.string({ required: true, description: `At most ${longestReview} characters. Everyone can read it.` }),
    idempotencyKey: t.string({ description: idempotencyKeyField.required }),
  }),
})

builder.mutationField('reviewAdd', (t) =>
  t.field(
    mutation({
      subGraphs: inShop,
      name: 'reviewAdd',
      description: 'Reviews a product, as a customer. The service for reviews keeps it.',
      auth: reviewsProducts,
      input: ReviewAddInput,
      idempotencyKey: 'required',
      changes: { product: 'Product' },
      writeElsewhere: sendReview,
      run: async (_input, _scope, product) => ({ product }),
    }),
  ),
)

/** Adds the review there. Returns the key of the product. */
async function sendReview(
  { productId, rating, ...input }: typeof ReviewAddInput.$inferInput,
  { context, errors, key }: ScopeElsewhere,
): Promise<string> {
  const { db, remote, viewer } = context
  const text = requiredText(errors, input.text, ['text'], { max: longestReview })
  if (rating < 1 || rating > 5) errors.add('INVALID_RATING', ['rating'])
  const id = parseId('Product', productId)
  const product =
    id === undefined ? null : await db.product.findFirst({ where: { id }, select: { id: true, sku: true } })
  if (!product) return errors.refuse('PRODUCT_UNKNOWN', ['productId'])
  errors.refuseIfAny()
  const { sku } = product
  await remote.call(reviewsService, addReview({ sku, author: viewer.id ?? '', rating, text }, key))
  remote.forget(productReviews, sku)
  return product.id
}
