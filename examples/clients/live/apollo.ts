import { ApolloClient, gql, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { fail, type OrdersChanged, ordersChanged, show } from './orders.ts'
import { resumable } from './resume.ts'
import { openWebSocket } from './web-socket.ts'

const webSocket = openWebSocket('apollo')
const link = new GraphQLWsLink({
  ...webSocket,
  subscribe(payload, sink) {
    const { variables, seen } = resumable({ ...payload.variables })
    const next: typeof sink.next = (result) => {
      seen(result)
      sink.next(result)
    }
    return webSocket.subscribe({ ...payload, variables }, { ...sink, next })
  },
})
// Beside an HttpLink: ApolloLink.split(({ operationType }) => operationType === 'subscription', link, httpLink)
const client = new ApolloClient({ link, cache: new InMemoryCache() })

client.subscribe<OrdersChanged>({ query: gql(ordersChanged) }).subscribe(({ data, error }) => {
  if (error) fail(error)
  show(data)
})
