import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from './config.ts'
import { errorCatalogue } from './errors.ts'
import { createGraphQLServer, type GraphQLServerParts, graphqlPath } from './graphql-server.ts'
import { mediaTypeFor } from './http/accept.ts'
import { readBody } from './http/body.ts'
import { allowOrigin, answerPreflight } from './http/cors.ts'
import { joinAuthorizations } from './http/join-authorizations.ts'
import { isHost, type Refusal, refusalOf } from './http/request-refusal.ts'
import { answerHealth, isHealthPath, type ReadinessCheck } from './observability/health.ts'
import { newRequestScope, requestScope } from './request-scope.ts'

export interface ServerParts extends GraphQLServerParts {
  notReady: ReadinessCheck
}

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:4000`. */
  url: string
  /** Takes no new connections, answers what is in flight within the bound, then closes. */
  drain(): Promise<void>
}

/** A client may send its request this slowly and no slower. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 30_000
const requestIdPattern = /^[\w.:-]{1,128}$/

export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { host, port, drainTimeoutMs } = parts.config
  const front = new HttpFront(parts)
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
    (request, response) => front.handle(request, response),
  )
  await listen(server, host, port)
  const address: AddressInfo | string | null = server.address()
  const actualPort = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    drain: () => {
      front.drain()
      return close(server, drainTimeoutMs)
    },
  }
}

/** The steps every request takes before GraphQL: what can be answered or refused from its head and size is. */
class HttpFront {
  #draining = false
  readonly #open = new Set<ServerResponse>()
  readonly #parts: ServerParts
  readonly #graphql: ReturnType<typeof createGraphQLServer>

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.#graphql = createGraphQLServer(parts)
  }

  /** From now on each answer is the last of its connection, also the answers that are still to come. */
  drain(): void {
    this.#draining = true
    for (const response of this.#open) if (!response.headersSent) response.setHeader('connection', 'close')
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#open.add(response)
    response.once('close', () => this.#open.delete(response))
    const given = request.headers['x-request-id']
    const requestId = typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
    response.setHeader('x-request-id', requestId)
    if (this.#draining) response.setHeader('connection', 'close')
    const scope = newRequestScope(requestId, request.socket.remoteAddress ?? '')
    requestScope.run(scope, () => {
      this.#answer(request, response).catch((err: unknown) => {
        if (!request.complete)
          return this.#parts.log.info({ requestId }, 'the client left before its request was whole')
        this.#parts.log.error({ requestId, err }, 'failed')
        if (response.headersSent) response.destroy()
        else this.#refuse(response, { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' })
      })
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config } = this.#parts
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (isHealthPath(path)) return answerHealth(path, response, () => this.#notReady())
    if (path !== graphqlPath) {
      return this.#refuse(response, {
        code: 'NOT_FOUND',
        message: `There is nothing here; the API is at ${graphqlPath}.`,
      })
    }
    if (!isHost(request.headers.host)) {
      return this.#refuse(response, { code: 'BAD_REQUEST', message: 'The Host header names no host.' })
    }
    if (this.#isPage(request)) return this.#execute(request, response)

    allowOrigin(request, response, config.corsOrigins)
    const refusal = refusalOf(request, config.corsOrigins)
    if (refusal) return this.#refuse(response, refusal)
    if (request.method === 'OPTIONS') return answerPreflight(response)
    // Yoga takes the first type of the header, whatever its weight.
    request.headers.accept = mediaTypeFor(request.headers.accept)
    joinAuthorizations(request)
    if (request.method === 'GET') return this.#execute(request, response)

    const body = await readBody(request, config.limits.bodyBytes)
    if (typeof body !== 'string') return this.#refuse(response, body)
    const scope = requestScope.getStore()
    if (scope) scope.body = body
    return this.#execute(request, response)
  }

  async #execute(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#graphql(request, response)
  }

  /** A browser asking for GraphiQL. */
  #isPage({ method, headers }: IncomingMessage): boolean {
    return this.#parts.config.graphiql && method === 'GET' && (headers.accept?.includes('text/html') ?? false)
  }

  async #notReady(): Promise<string | undefined> {
    return this.#draining ? 'draining' : this.#parts.notReady()
  }

  #refuse(response: ServerResponse, { code, message, headers = {} }: Refusal): void {
    const scope = requestScope.getStore()
    const requestId = scope?.requestId
    this.#parts.log.info({ requestId, errors: [code] }, 'refused')
    response.writeHead(errorCatalogue[code].status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] }))
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return fail(error)
      fail(
        new ConfigError(
          `Port ${port} on ${host} is taken by another process; stop that one, or set PORT to a free one.`,
        ),
      )
    })
    server.listen(port, host, done)
  })
}

function close(server: Server, withinMs: number): Promise<void> {
  return new Promise((done) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), withinMs)
    server.close(() => {
      clearTimeout(cutOff)
      done()
    })
    server.closeIdleConnections()
  })
}
