import { builder } from '../../platform/graphql/builder.ts'
import { remoteLoader } from '../../platform/services/remote-loader.ts'
import { latestReviews, type ProductReviews, productReviews, type Review } from './reviews-service.ts'

const reviewsOf = remoteLoader(productReviews)

const ReviewType = builder.objectRef<Review>('Review').implement({
  description: 'What a customer says of a product.',
  fields: (t) => ({
    rating: t.exposeInt('rating', { description: 'From 1, bad, to 5, good.' }),
    text: t.exposeString('text', { description: 'In the words of the customer.' }),
    writtenAt: t.expose('writtenAt', { type: 'DateTime', description: 'When it was written.' }),
  }),
})

const ProductReviewsType = builder.objectRef<ProductReviews>('ProductReviews').implement({
  description: 'What customers say of a product.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many reviews there are.' }),
    averageRating: t.exposeFloat('averageRating', {
      nullable: true,
      description: 'The mean of all ratings; null without one.',
    }),
    latest: t.expose('latest', {
      type: [ReviewType],
      listSize: latestReviews,
      description: `The latest ${latestReviews}, newest first.`,
    }),
  }),
})

builder.prismaObjectField('Product', 'reviews', (t) =>
  t.field({
    type: ProductReviewsType,
    nullable: true,
    cost: 5,
    description:
      'What customers say of it, from the service for reviews; null where that knows nothing of the product.',
    select: { sku: true },
    resolve: ({ sku }, _args, { loaders }) => loaders.load(reviewsOf, sku),
  }),
)
