import { fail, type OrdersChanged, ordersChanged, show } from './orders.ts'
import { resumable } from './resume.ts'
import { openWebSocket } from './web-socket.ts'

const webSocket = openWebSocket('graphql-ws')
const { variables, seen } = resumable()
webSocket.subscribe<OrdersChanged>(
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
