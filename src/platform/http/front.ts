import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Admission } from '../admission/admission.ts'
import type { Priority } from '../admission/waiting-line.ts'
import type { Config } from '../config/config.ts'
import type { ReadinessCheck, Unready } from '../database/readiness.ts'
import { type ErrorCode, errorCatalogue } from '../errors.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Tracing } from '../observability/tracing.ts'
import { readBody } from './body.ts'
import { clientOf } from './client.ts'
import { senderReader } from './client-address.ts'
import { isUnchanged, sendUnchanged } from './conditional.ts'
import { type ConnectionError, hasLeft, isSlow, rawAnswer, refusalOfError } from './connection-error.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import { sendAsEventStream, sendEventStream } from './event-stream.ts'
import {
  ExchangeRequest,
  ExchangeResponse,
  type GraphQLEndpoint,
  graphqlPath,
  type RequestFacts,
  StreamResponse,
} from './exchange.ts'
import { type Call, type Face, isRefusal } from './face.ts'
import { graphqlFace } from './graphql-face.ts'
import { headErrorOf } from './head-error.ts'
import { answerHealth, isHealthPath } from './health.ts'
import { joinAuthorizations } from './join-authorizations.ts'
import { OpenResponses } from './open-responses.ts'
import { OverloadedResponses, overloadedBody } from './overloaded.ts'
import { priorityOf } from './priority.ts'
import { apiPathIn, refusalBody } from './problem.ts'
import { originRefusal, type Refusal } from './request-refusal.ts'
import { timeoutOf } from './request-timeout.ts'
import { RequestTraces } from './request-traces.ts'
import { securityHeaderEntries, securityHeaders } from './security-headers.ts'
import { WebSockets } from './web-sockets.ts'
import { chooseEncoding } from './whole-body.ts'

/** Sends a page, or returns why there is none. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<Refusal | undefined>

/** Responds to a request at a path of its own, or returns why not. */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
) => Promise<Refusal | ExchangeResponse | undefined>

/** A path that is no endpoint of GraphQL. */
export interface Route {
  handle: RouteHandler
  /** Whether its bodies are files, which take as long as they take. */
  hasFiles: boolean
  /** Whose pages may call it. */
  corsOrigins: readonly string[]
}

/** A GraphQL endpoint at its path, with the settings that it has for itself. */
export interface ServedEndpoint {
  endpoint: GraphQLEndpoint
  config: Config
  /** By default that of GraphQL. */
  face?: Face
}

export interface HttpFrontParts {
  config: Config
  /** By path. */
  endpoints: ReadonlyMap<string, ServedEndpoint>
  /** Named operations over REST. */
  rest?: { servedAt(path: string): ServedEndpoint | undefined } | undefined
  /** Named operations as tools. */
  tools?: { routeAt(path: string): Route | undefined } | undefined
  /** Pages for browsers. */
  pages: { handlerFor(path: string, request: IncomingMessage): PageHandler | undefined }
  /** Exports and imports. */
  bulk: { handlerFor(path: string): RouteHandler | undefined }
  notReady: ReadinessCheck
  admission: Admission
  log: Log
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined
}

const requestIdPattern = /^[\w.:-]{1,128}$/
const unexpectedError: Refusal = { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' }
const jsonType = { 'content-type': 'application/json; charset=utf-8' }
/** Browsers and proxies send one request at a time. No pool bounds the requests that a client pipelines. */
const maxPipelined = 16

/** Serves every request of a listener: health, pages, and the GraphQL endpoint. Refuses by head and size first. */
export class HttpFront {
  /** Whether it is not ready any more. */
  #retired = false
  /** Whether it takes no new stream. */
  #draining = false
  readonly #open = new OpenResponses()
  readonly #overloaded = new OverloadedResponses()
  /** Sockets whose request is a file: it takes as long as it takes, and has a bound between two of its parts. */
  readonly #filing = new WeakSet<object>()
  readonly #parts: HttpFrontParts
  readonly #webSockets: WebSockets
  readonly #senderOf: ReturnType<typeof senderReader>
  readonly #traces: RequestTraces

  constructor(parts: HttpFrontParts) {
    this.#parts = parts
    this.#senderOf = senderReader(parts.config.transport.trustProxy)
    this.#traces = new RequestTraces(parts.tracing, this.#senderOf)
    const { limits, transport } = parts.config
    this.#webSockets = new WebSockets({
      ...parts,
      messageBytes: limits.bodyBytes,
      deadlineMs: transport.deadlineMs,
    })
  }

  /** Closes each connection with its next response, also where that response is already being made. */
  retire(): void {
    this.#retired = true
    for (const response of this.#open.all()) if (!response.headersSent) response.setHeader('connection', 'close')
  }

  /** Streams and WebSockets end within this time. */
  drain(withinMs: number): void {
    this.#draining = true
    for (const { endpoint } of this.#parts.endpoints.values()) endpoint.drain(withinMs)
    this.#webSockets.drain(withinMs)
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    // Node still delivers requests that a client pipelined behind a refused one.
    if (this.#open.isEnding(request.socket)) return
    if (this.#isShedAtOnce(request, response)) return
    const startedAt = performance.now()
    const waiting = this.#open.add(request, response)
    const { address, secure } = this.#senderOf(request)
    const requestId = this.#openHead(request, response, secure)
    const responded =
      waiting > maxPipelined
        ? this.#refuseFlood(response)
        : this.#respond(request, response, { requestId, startedAt, address, client: clientOf(request.headers) })
    responded.catch((err: unknown) => this.#fail(err, request, response))
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const found = this.#endpointOfUpgrade(request)
    if (!('endpoint' in found)) {
      this.#refuseConnection(socket, found)
      return
    }
    joinAuthorizations(request)
    const { address } = this.#senderOf(request)
    this.#webSockets.open({ request, address, endpoint: found.endpoint }, socket, head)
  }

  /** Refuses bytes that are no HTTP request, or that come too late, and closes the connection. */
  handleConnectionError(error: ConnectionError, socket: Duplex): void {
    if (isSlow(error) && this.#filing.has(socket)) return
    if (hasLeft(error) || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusalOfError(error)
    const [open, ...others] = this.#open.of(socket)
    if (!open) this.#refuseConnection(socket, refusal)
    // A response written now would be taken for the response to another request.
    else if (others.length > 0 || open.headersSent || open.req.complete) socket.destroy()
    else this.#refuse(open, { ...refusal, headers: { connection: 'close' } })
  }

  /** Closes an idle connection, unless its client waits for a response of this server. */
  handleIdle(socket: Duplex): void {
    const waiting = this.#open.of(socket)
    if (waiting.length > 0 && socket.writableLength === 0) return
    const requestId = waiting[0]?.getHeader('x-request-id')
    if (requestId) this.#parts.log.info({ requestId }, 'cut off: the client took nothing of its answer')
    socket.destroy()
  }

  #endpointOfUpgrade(request: IncomingMessage): ServedEndpoint | Refusal {
    const { config, endpoints } = this.#parts
    if (this.#draining) return { code: 'UNAVAILABLE', message: 'The server is stopping; connect again.' }
    const headError = headErrorOf(request, config.transport)
    if (headError) return headError
    const served = endpoints.get(pathOf(request))
    if (!served) return { code: 'NOT_FOUND', message: `There is no WebSocket here; the API is at ${graphqlPath}.` }
    return originRefusal(request, served.config.corsOrigins) ?? served
  }

  #openHead(request: IncomingMessage, response: ServerResponse, secure: boolean): string {
    const requestId = requestIdOf(request)
    response.setHeader('x-request-id', requestId)
    for (const [name, value] of securityHeaderEntries(secure || this.#parts.config.transport.hsts))
      response.setHeader(name, value)
    if (this.#retired) response.setHeader('connection', 'close')
    return requestId
  }

  async #respond(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): Promise<void> {
    const headError = headErrorOf(request, this.#parts.config.transport)
    if (headError) return this.#refuse(response, headError)
    const path = pathOf(request)
    if (isHealthPath(path)) return answerHealth(path, response, () => this.#notReady())
    const page = this.#parts.pages.handlerFor(path, request)
    const route = page ? undefined : this.#routeAt(path)
    if ((page || route) && this.#parts.admission.isFullFor('anonymous')) return this.#shed(response, 'anonymous')
    if (page) return this.#show(page, request, response)
    if (route)
      return this.#respondAt(route, request, response, this.#traces.begin(request, response, facts, routeOf(path)))
    const served = this.#parts.endpoints.get(path) ?? this.#parts.rest?.servedAt(path)
    if (!served) {
      return this.#refuse(response, {
        code: 'NOT_FOUND',
        message: `There is nothing here; the API is at ${graphqlPath}.`,
      })
    }
    return this.#call(served, request, response, facts)
  }

  async #call(
    { endpoint, config, face = graphqlFace }: ServedEndpoint,
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
  ): Promise<void> {
    const opened = face.open(request)
    const route = isRefusal(opened) ? routeOf(pathOf(request)) : opened.route
    const traced = this.#traces.begin(request, response, facts, route)
    allowOrigin(request, response, config.corsOrigins)
    const refusal = originRefusal(request, config.corsOrigins)
    if (refusal) return this.#refuse(response, refusal)
    if (request.method === 'OPTIONS') return answerPreflight(response, face.methods)
    if (isRefusal(opened)) return this.#refuse(response, opened)
    joinAuthorizations(request)
    const timeoutMs = timeoutOf(request, config.transport.deadlineMs)
    if (typeof timeoutMs !== 'number') return this.#refuse(response, timeoutMs)
    const priority = priorityOf(request.headers, endpoint)
    if (this.#parts.admission.isFullFor(priority)) return this.#shed(response, priority)

    const text = request.method === 'GET' ? undefined : await readBody(request, config.limits.bodyBytes)
    if (typeof text === 'object') return this.#refuse(response, text)
    const call = opened.call(text)
    if (isRefusal(call)) return this.#refuse(response, call)
    const bounded = { ...traced, ...call.facts, timeoutMs, signal: signalOf(response), text }
    return this.#execute(endpoint, call, request, response, { ...bounded, priority })
  }

  #routeAt(path: string): Route | undefined {
    const { bulk, tools, config } = this.#parts
    const handle = bulk.handlerFor(path)
    return handle ? { handle, hasFiles: true, corsOrigins: config.corsOrigins } : tools?.routeAt(path)
  }

  async #respondAt(
    { handle, hasFiles, corsOrigins }: Route,
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
  ): Promise<void> {
    allowOrigin(request, response, corsOrigins)
    const refusal = originRefusal(request, corsOrigins)
    if (refusal) return this.#refuse(response, refusal)
    if (request.method === 'OPTIONS') return answerPreflight(response)
    joinAuthorizations(request)
    if (hasFiles) this.#filing.add(request.socket)
    const refused = await handle(request, response, facts)
    this.#filing.delete(request.socket)
    if (!refused) return
    if (refused instanceof ExchangeResponse) return refused.send(response)
    this.#refuse(response, refused)
  }

  async #show(page: PageHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = await page(request, response)
    if (refusal) this.#refuse(response, refusal)
  }

  /** Executes the request when it is its turn. */
  async #execute(
    endpoint: GraphQLEndpoint,
    call: Call,
    request: IncomingMessage,
    response: ServerResponse,
    { priority, ...facts }: RequestFacts & { priority: Priority; timeoutMs: number },
  ): Promise<void> {
    const caller = { deadline: facts.startedAt + facts.timeoutMs, signal: facts.signal }
    const place = await this.#parts.admission.enter(priority, caller)
    if (!place) return this.#shed(response, priority)
    // A stream lasts, but takes no work between its events.
    const executed = await endpoint
      .respond(new ExchangeRequest(call.head, { ...facts, place }))
      .finally(() => place.leave())
    if (!executed) return this.#refuse(response, unexpectedError)
    const answer = executed instanceof StreamResponse ? executed : call.answer(executed, facts.requestId)
    for (const [name, value] of answer.extraHeaders) response.setHeader(name, value)
    if (answer instanceof StreamResponse) return sendEventStream(response, answer.messages)
    if (call.isEventStream) return sendAsEventStream(response, answer.body)
    const isCompressible = answer.isCompressible && this.#parts.config.transport.compression
    const encoding = isCompressible ? chooseEncoding(request, response, answer.body) : undefined
    if (isUnchanged(request, response)) return sendUnchanged(response)
    answer.send(response, encoding)
  }

  #shed(response: ServerResponse, priority: Priority): void {
    if (response.destroyed) return
    const retryAfterSeconds = this.#parts.admission.shed(priority)
    const requestId = String(response.getHeader('x-request-id'))
    const told = { requestId, traceId: this.#traces.idOf(response), retryAfterSeconds }
    const body = overloadedBody(pathOf(response.req), told)
    send(response, 'OVERLOADED', body, { 'retry-after': String(retryAfterSeconds) })
  }

  /**
   * Where thousands a second are shed, what the front does for each request would take the time of those that run. A page
   * of another origin takes the usual way, so that it can read the response.
   */
  #isShedAtOnce(request: IncomingMessage, response: ServerResponse): boolean {
    const { admission, endpoints, config } = this.#parts
    if (!admission.isSaturated || request.headers.origin !== undefined) return false
    const path = pathOf(request)
    const served = endpoints.get(path)
    if (!served) return false
    const priority = priorityOf(request.headers, served.endpoint)
    if (!admission.isFullFor(priority)) return false
    const secure = config.transport.hsts || this.#senderOf(request).secure
    const told = { requestId: requestIdOf(request), retryAfterSeconds: admission.shed(priority) }
    this.#overloaded.send({ response, path, secure, closes: this.#retired, ...told })
    return true
  }

  async #notReady(): Promise<Unready | undefined> {
    return this.#retired ? { reason: 'draining' } : this.#parts.notReady()
  }

  #fail(err: unknown, request: IncomingMessage, response: ServerResponse): void {
    const requestId = response.getHeader('x-request-id')
    if (!request.complete && request.destroyed) {
      // With headers sent, the front itself refused the request before it was complete.
      if (!response.headersSent) this.#parts.log.info({ requestId }, 'the client left before its request was whole')
      return
    }
    this.#parts.log.error({ requestId, err }, 'failed')
    if (response.headersSent) response.destroy()
    else this.#refuse(response, unexpectedError)
  }

  async #refuseFlood(response: ServerResponse): Promise<void> {
    const message = 'Too many requests were sent over one connection before their answers; wait for some.'
    this.#refuse(response, { code: 'UNAVAILABLE', message, headers: { connection: 'close' } })
  }

  #refuse(response: ServerResponse, refusal: Refusal): void {
    const requestId = String(response.getHeader('x-request-id'))
    const body = this.#refusalBody(pathOf(response.req), refusal, requestId, this.#traces.idOf(response))
    if (refusal.headers?.connection === 'close') this.#open.end(response)
    send(response, refusal.code, body, refusal.headers)
  }

  #refuseConnection(socket: Duplex, refusal: Refusal): void {
    const requestId = randomUUID()
    const { body } = this.#refusalBody('/', refusal, requestId)
    const headers = { ...securityHeaders(this.#parts.config.transport.hsts), ...jsonType, 'x-request-id': requestId }
    socket.end(rawAnswer(refusal.code, body, headers), () => socket.destroy())
  }

  #refusalBody(path: string, { code, message }: Refusal, requestId: string, traceId?: string) {
    this.#parts.log.info({ requestId, traceId, errors: [code] }, 'refused')
    this.#parts.metrics.refusedRequests.inc({ code })
    return refusalBody(path, { code, message, requestId, traceId })
  }
}

/** `/bulk/import` of `/bulk/import/thingAdd` */
function routeOf(path: string): string {
  return path.startsWith('/bulk/') ? path.split('/', 3).join('/') : (apiPathIn(path) ?? path)
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
}

/** With its length, head and body are one write. */
function send(
  response: ServerResponse,
  code: ErrorCode,
  { type, body }: { type: string; body: string },
  headers: Record<string, string> = {},
): void {
  response.writeHead(errorCatalogue[code].status, {
    ...headers,
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** Aborted when the connection closes before the response is complete. */
function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}
