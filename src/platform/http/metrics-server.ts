import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { collectDefaultMetrics } from 'prom-client'
import type { Metrics } from '../observability/metrics.ts'
import { close, listen, urlOf } from './listener.ts'
import { securityHeaders } from './security-headers.ts'

export interface MetricsServer {
  /** Where it listens: `http://127.0.0.1:9464`. */
  url: string
  close(): Promise<void>
}

const closeWithinMs = 1000

/**
 * Serves `GET /metrics` for Prometheus on its own listener, so that the public port never exposes it. Adds Node's
 * metrics of the process. Throws a ConfigError where the port is taken.
 */
export async function startMetricsServer(metrics: Metrics, host: string, port: number): Promise<MetricsServer> {
  collectDefaultMetrics({ register: metrics.registry })
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    answer(metrics, request, response).catch(() => response.destroy())
  })
  await listen(server, host, { name: 'METRICS_PORT', port })
  return { url: urlOf(server, host), close: () => close(server, closeWithinMs) }
}

async function answer({ registry }: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = request.method === 'GET' && request.url === '/metrics'
  const body = found ? await registry.metrics() : 'There is nothing here but GET /metrics.\n'
  const type = found ? registry.contentType : 'text/plain; charset=utf-8'
  response.writeHead(found ? 200 : 404, { ...securityHeaders(false), 'content-type': type })
  response.end(body)
}
