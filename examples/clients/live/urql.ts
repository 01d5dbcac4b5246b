import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core'
import { endpoint, headersOf } from '../server.ts'
import { fail, type OrdersChanged, ordersChanged, show } from './orders.ts'
import { resumable } from './resume.ts'
import { openWebSocket } from './web-socket.ts'

const webSocket = openWebSocket('urql')
const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  fetchOptions: { headers: headersOf('urql') },
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe(observer) {
          const from = resumable({ ...variables })
          const unsubscribe = webSocket.subscribe<Record<string, unknown>, Record<string, unknown>>(
            { query, variables: from.variables },
            {
              next(result) {
                from.seen(result)
                observer.next(result)
              },
              error: (error) => observer.error(error),
              complete: () => observer.complete(),
            },
          )
          return { unsubscribe }
        },
      }),
    }),
  ],
})

client.subscription<OrdersChanged>(gql(ordersChanged), {}).subscribe(({ data, error }) => {
  if (error) fail(error)
  show(data)
})
