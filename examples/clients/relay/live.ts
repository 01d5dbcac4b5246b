import {
  Environment,
  type GraphQLResponseWithData,
  graphql,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
  type SubscribeFunction,
} from 'relay-runtime'
import { fail, show } from '../live/orders.ts'
import { resumable } from '../live/resume.ts'
import { openWebSocket } from '../live/web-socket.ts'
import type { liveOrdersSubscription } from './__generated__/liveOrdersSubscription.graphql.ts'

const webSocket = openWebSocket('relay')
const subscribe: SubscribeFunction = ({ id, text }, variables) =>
  Observable.create((observer) => {
    const from = resumable(variables)
    // With `persistConfig` an operation has an id instead of its text.
    const extensions = id ? { persistedQuery: { version: 1, sha256Hash: id } } : {}
    return webSocket.subscribe<GraphQLResponseWithData['data']>(
      { query: text ?? '', variables: from.variables, extensions },
      {
        next(result) {
          from.seen(result)
          if (result.data) observer.next({ data: result.data })
          else observer.error(new Error(result.errors?.[0]?.message))
        },
        error: (error) => observer.error(error instanceof Error ? error : new Error(String(error))),
        complete: () => observer.complete(),
      },
    )
  })

const environment = new Environment({
  network: Network.create(() => fail('This program only subscribes.'), subscribe),
  store: new Store(new RecordSource()),
})

requestSubscription<liveOrdersSubscription>(environment, {
  subscription: graphql`
    subscription liveOrdersSubscription($after: String) {
      ordersChanged(after: $after, filter: { topics: [ORDER_PLACED] }) {
        order {
          number
        }
      }
    }
  `,
  variables: {},
  onNext: show,
  onError: fail,
})
