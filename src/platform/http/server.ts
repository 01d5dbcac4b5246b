import { createServer, type IncomingMessage, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { TransportConfig } from '../config/transport-settings.ts'
import { HttpFront, type HttpFrontParts } from './front.ts'
import { close, listen, urlOf } from './listener.ts'

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:4000`. */
  url: string
  /**
   * Says that it is not ready, and serves everything for the time in which a balancer notices. Each response closes its
   * connection. Undefined where there is no such time.
   */
  retire(): Promise<void> | undefined
  /** Stops accepting connections, finishes requests in flight within the bound, then closes. */
  drain(): Promise<void>
}

/** How often Node checks for slow requests; its default would add half a minute. */
const maxCheckIntervalMs = 1000
/** Streams end within this part of the time to drain. */
const jitterShare = 0.25

export async function startServer(parts: HttpFrontParts): Promise<RunningServer> {
  const { host, port, drainDelayMs, drainTimeoutMs, transport } = parts.config
  const front = new HttpFront(parts)
  const server = createServer(optionsOf(transport), (request, response) => front.handle(request, response))
  server.maxConnections = transport.maxConnections
  server.timeout = transport.idleTimeoutMs
  // Node would silently drop the headers above its limit. The front counts and refuses them.
  server.maxHeadersCount = 0
  server.on('upgrade', (request, socket, head) => front.handleUpgrade(request, socket, head))
  server.on('checkExpectation', (request, response) => front.handle(request, response))
  server.on('clientError', (error, socket) => front.handleConnectionError(error, socket))
  server.on('timeout', (socket) => front.handleIdle(socket))
  server.on('drop', () => parts.metrics.droppedConnections.inc())
  parts.metrics.connections.from(async (gauge) => gauge.set(await connectionsOf(server)))
  await listen(server, host, { name: 'PORT', port })
  return {
    url: urlOf(server, host),
    retire: () => {
      front.retire()
      return drainDelayMs > 0 ? pause(drainDelayMs) : undefined
    },
    drain: () => {
      front.drain(drainTimeoutMs * jitterShare)
      return close(server, drainTimeoutMs)
    },
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

function optionsOf({ headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, headerBytes }: TransportConfig) {
  return {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(maxCheckIntervalMs, headersTimeoutMs),
    maxHeaderSize: headerBytes,
    // Other upgrades, such as h2c, are offers that a server may ignore.
    shouldUpgradeCallback: ({ method, headers }: IncomingMessage) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket',
    // The front refuses it, with the usual message and headers.
    requireHostHeader: false,
  }
}
