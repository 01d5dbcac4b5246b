import { startReviews } from '../../../examples/services/reviews.ts'

const { url } = await startReviews({ port: Number(process.env.PORT ?? 0) })
console.log(`reviews: ${url}`)
