import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { parseConfig } from '../../../../src/platform/config/config.ts'
import type { RemoteSource } from '../../../../src/platform/context.ts'
import { Metrics } from '../../../../src/platform/observability/metrics.ts'
import { RemoteServices } from '../../../../src/platform/services/remote-services.ts'

interface Asked {
  method: string
  path: string
  headers: IncomingHttpHeaders
}

type Reply = (path: string) => { status?: number; headers?: OutgoingHttpHeaders; text: string }

/** A service that answers as `reply` says, and the calls of requests to it as this source. */
export async function openService(source: RemoteSource, reply: Reply, env: Record<string, string> = {}) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push({ method, path: url, headers })
    const { status = 200, headers: sent, text } = reply(url)
    response.writeHead(status, sent).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const named = { [`${source.name.toUpperCase()}_URL`]: `http://127.0.0.1:${port}/base/`, NODE_ENV: 'test', ...env }
  const services = new RemoteServices({
    sources: [source],
    config: parseConfig(named, [source]),
    log: pino({ level: 'silent' }),
    metrics: new Metrics(),
  })
  return {
    asked,
    /** The calls of a request with these headers. */
    request: (headers: Record<string, string> = {}) =>
      services.forRequest(
        {
          requestId: 'a-request',
          headers: { get: (name) => headers[name] ?? null },
          deadline: Number.POSITIVE_INFINITY,
        },
        { remote: { calls: 0, durationMs: 0 } },
      ),
    async [Symbol.asyncDispose]() {
      services.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
