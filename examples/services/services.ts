import { startCarrier } from './carrier.ts'
import { startReviews } from './reviews.ts'

const carrier = await startCarrier({ port: 4100 })
const reviews = await startReviews({ port: 4200 })

console.log(`Two services of others, in memory. The shop asks them with:

  CARRIER_URL=${carrier.url} REVIEWS_URL=${reviews.url} npm start

Faults are switched while they run, each replacing those before:

  curl ${carrier.url}/faults -d '{"latencyMs": 2000}'
  curl ${carrier.url}/faults -d '{"errorRate": 0.5}'
  curl ${carrier.url}/faults -d '{"garbage": "page"}'
  curl ${carrier.url}/faults -d '{"isDown": true}'
  curl ${carrier.url}/faults -d '{}'`)
