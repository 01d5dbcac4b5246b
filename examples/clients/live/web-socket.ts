import { createClient } from 'graphql-ws'
import { endpoint, headersOf } from '../server.ts'

/** Connects again, as often as it takes, when the network or a server fails, and not when the server refuses. */
export function openWebSocket(name: string) {
  return createClient({
    url: endpoint.replace(/^http/, 'ws'),
    // A page cannot set headers of a WebSocket.
    connectionParams: () => headersOf(name),
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
  })
}
