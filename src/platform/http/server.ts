import { createServer } from 'node:http'
import type { TransportConfig } from '../config/transport-settings.ts'
import { HttpFront, type HttpFrontParts } from './front.ts'
import { close, listen, urlOf } from './listener.ts'

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:4000`. */
  url: string
  /** Takes no new connections, answers what is in flight within the bound, then closes. */
  drain(): Promise<void>
}

/** How often Node looks for requests that take too long; its own default would add half a minute. */
const maxCheckIntervalMs = 1000

export async function startServer(parts: HttpFrontParts): Promise<RunningServer> {
  const { host, port, drainTimeoutMs, transport } = parts.config
  const front = new HttpFront(parts)
  const server = createServer(optionsOf(transport), (request, response) => front.handle(request, response))
  server.maxConnections = transport.maxConnections
  server.timeout = transport.idleTimeoutMs
  // Node would drop the rest unseen; the front counts and refuses.
  server.maxHeadersCount = 0
  server.on('checkExpectation', (request, response) => front.handle(request, response))
  server.on('clientError', (fault, socket) => front.handleConnectionError(fault, socket))
  server.on('timeout', (socket) => front.handleIdle(socket))
  server.on('drop', () => parts.metrics.droppedConnections.inc())
  await listen(server, host, { name: 'PORT', port })
  return {
    url: urlOf(server, host),
    drain: () => {
      front.drain()
      return close(server, drainTimeoutMs)
    },
  }
}

function optionsOf({ headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, headerBytes }: TransportConfig) {
  return {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(maxCheckIntervalMs, headersTimeoutMs),
    maxHeaderSize: headerBytes,
    // The front refuses it, with the same words and headers as everything else.
    requireHostHeader: false,
  }
}
