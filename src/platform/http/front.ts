import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { answerUnchanged, isUnchanged } from '../cache/http-caching.ts'
import { errorCatalogue } from '../errors.ts'
import { createGraphQLServer, type GraphQLServerParts, graphqlPath } from '../execution/endpoint.ts'
import { newRequestScope, requestScope } from '../execution/request-scope.ts'
import { type PageAnswer, Pages, type PagesParts } from '../pages/pages.ts'
import { mediaTypeFor } from './accept.ts'
import { readBody } from './body.ts'
import { clientOf } from './client.ts'
import { senderReader } from './client-address.ts'
import { type ConnectionError, hasLeft, rawAnswer, refusalOfError } from './connection-error.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import { headErrorOf } from './head-error.ts'
import { answerHealth, isHealthPath, type ReadinessCheck, type Unready } from './health.ts'
import { joinAuthorizations } from './join-authorizations.ts'
import { OpenAnswers } from './open-responses.ts'
import { type Refusal, refusalOf } from './request-refusal.ts'
import { securityHeaders } from './security-headers.ts'

export interface HttpFrontParts extends GraphQLServerParts, PagesParts {
  notReady: ReadinessCheck
}

const requestIdPattern = /^[\w.:-]{1,128}$/
const jsonType = { 'content-type': 'application/json; charset=utf-8' }
/** Browsers and proxies wait for each answer; each one more is work at the same time that no pool bounds. */
const maxPipelined = 16

/** The steps every request takes before GraphQL: what can be answered or refused from its head and size is. */
export class HttpFront {
  #draining = false
  readonly #open = new OpenAnswers()
  readonly #parts: HttpFrontParts
  readonly #graphql: ReturnType<typeof createGraphQLServer>
  readonly #senderOf: ReturnType<typeof senderReader>
  readonly #pages: Pages

  constructor(parts: HttpFrontParts) {
    this.#parts = parts
    this.#graphql = createGraphQLServer(parts)
    this.#pages = new Pages(parts)
    this.#senderOf = senderReader(parts.config.transport.trustProxy)
  }

  /** From now on each answer is the last of its connection, also the answers that are still to come. */
  drain(): void {
    this.#draining = true
    for (const response of this.#open.all()) if (!response.headersSent) response.setHeader('connection', 'close')
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    // Node hands on what was sent after a request that was refused and whose connection is to close.
    if (this.#open.isEnding(request.socket)) return
    const waiting = this.#open.add(request, response)
    const { address, secure } = this.#senderOf(request)
    const requestId = this.#openHead(request, response, secure)
    const scope = newRequestScope(requestId, address, clientOf(request.headers))
    requestScope.run(scope, () => {
      const answered = waiting > maxPipelined ? this.#refuseFlood(response) : this.#answer(request, response)
      answered.catch((err: unknown) => this.#fail(err, request, response))
    })
  }

  /** Answers a connection whose bytes are no request, or not in time; then it is closed. */
  handleConnectionError(fault: ConnectionError, socket: Duplex): void {
    if (hasLeft(fault) || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusalOfError(fault)
    const [open, ...others] = this.#open.of(socket)
    if (!open) this.#refuseConnection(socket, refusal)
    // To write now would answer another request than the one that is wrong.
    else if (others.length > 0 || open.headersSent || open.req.complete) socket.destroy()
    else this.#refuse(open, { ...refusal, headers: { connection: 'close' } })
  }

  /** Nothing went over this connection for long. It stays where the client waits for us, and not we for the client. */
  handleIdle(socket: Duplex): void {
    const waiting = this.#open.of(socket)
    if (waiting.length > 0 && socket.writableLength === 0) return
    const requestId = waiting[0]?.getHeader('x-request-id')
    if (requestId) this.#parts.log.info({ requestId }, 'cut off: the client took nothing of its answer')
    socket.destroy()
  }

  #openHead(request: IncomingMessage, response: ServerResponse, secure: boolean): string {
    const given = request.headers['x-request-id']
    const requestId = typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
    response.setHeader('x-request-id', requestId)
    for (const [name, value] of Object.entries(securityHeaders(secure || this.#parts.config.transport.hsts)))
      response.setHeader(name, value)
    if (this.#draining) response.setHeader('connection', 'close')
    return requestId
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config } = this.#parts
    const fault = headErrorOf(request, config.transport)
    if (fault) return this.#refuse(response, fault)
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (isHealthPath(path)) return answerHealth(path, response, () => this.#notReady())
    const page = this.#pages.answerTo(path, request)
    if (page) return this.#show(page, request, response)
    if (path !== graphqlPath) {
      return this.#refuse(response, {
        code: 'NOT_FOUND',
        message: `There is nothing here; the API is at ${graphqlPath}.`,
      })
    }

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

  async #show(page: PageAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = await page(request, response)
    if (refusal) this.#refuse(response, refusal)
  }

  async #execute(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#graphql(request)
    for (const [name, value] of requestScope.getStore()?.answerHeaders?.() ?? []) response.setHeader(name, value)
    if (isUnchanged(request, response)) return answerUnchanged(response)
    answer.send(response)
  }

  async #notReady(): Promise<Unready | undefined> {
    return this.#draining ? { reason: 'draining' } : this.#parts.notReady()
  }

  #fail(err: unknown, request: IncomingMessage, response: ServerResponse): void {
    const requestId = response.getHeader('x-request-id')
    if (!request.complete && request.destroyed) {
      // Unless we have refused the request before it was whole, that was the client's doing.
      if (!response.headersSent) this.#parts.log.info({ requestId }, 'the client left before its request was whole')
      return
    }
    this.#parts.log.error({ requestId, err }, 'failed')
    if (response.headersSent) response.destroy()
    else this.#refuse(response, { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' })
  }

  async #refuseFlood(response: ServerResponse): Promise<void> {
    const message = 'Too many requests were sent over one connection before their answers; wait for some.'
    this.#refuse(response, { code: 'UNAVAILABLE', message, headers: { connection: 'close' } })
  }

  #refuse(response: ServerResponse, refusal: Refusal): void {
    const requestId = String(response.getHeader('x-request-id'))
    const body = this.#refusalBody(refusal, requestId)
    if (refusal.headers?.connection === 'close') this.#open.end(response)
    response.writeHead(errorCatalogue[refusal.code].status, { ...refusal.headers, ...jsonType })
    response.end(body)
  }

  #refuseConnection(socket: Duplex, refusal: Refusal): void {
    const requestId = randomUUID()
    const body = this.#refusalBody(refusal, requestId)
    const headers = { ...securityHeaders(this.#parts.config.transport.hsts), ...jsonType, 'x-request-id': requestId }
    socket.end(rawAnswer(refusal.code, body, headers), () => socket.destroy())
  }

  #refusalBody({ code, message }: Refusal, requestId: string): string {
    this.#parts.log.info({ requestId, errors: [code] }, 'refused')
    this.#parts.metrics.refusedRequests.inc({ code })
    return JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] })
  }
}
