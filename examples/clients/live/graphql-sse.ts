import { createClient } from 'graphql-sse'
import { endpoint, headersOf } from '../server.ts'
import { fail, type OrdersChanged, ordersChanged, show } from './orders.ts'
import { resumable } from './resume.ts'

const client = createClient({
  url: endpoint,
  headers: headersOf('graphql-sse'),
  retryAttempts: Number.POSITIVE_INFINITY,
})

const { variables, seen } = resumable()
client.subscribe<OrdersChanged>(
  { query: ordersChanged, variables },
  {
    next(result) {
      seen(result)
      show(result.data)
    },
    error: fail,
    complete: () => console.log('The server has ended the stream.'),
  },
)
