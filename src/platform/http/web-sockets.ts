import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionResult, GraphQLError, GraphQLSchema, parse } from 'graphql'
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { Admission } from '../admission/admission.ts'
import { clientError } from '../errors.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { clientOf } from './client.ts'
import { ExchangeRequest, type GraphQLEndpoint, type MessageStream, StreamResponse } from './exchange.ts'
import { overloadedMessage } from './overloaded.ts'
import { priorityOf } from './priority.ts'

interface WebSocketsParts {
  /** The most bytes of one message. */
  messageBytes: number
  /** How long an operation may take, in milliseconds. */
  deadlineMs: number
  admission: Admission
  log: Log
  metrics: Metrics
}

/** What a connection knows of its client. */
interface Connection {
  socket: WebSocket
  request: IncomingMessage
  address: string
  endpoint: GraphQLEndpoint
  /** Aborted when the connection is closed. */
  signal: AbortSignal
}

/** A client that does not respond to a ping before the next one has lost its connection. */
const pingEveryMs = 12_000
/** Operations of one connection that begin at the same time. The rest of its messages waits. */
const maxBeginning = 16
/** RFC 6455 and its registry: clients connect again, elsewhere. */
const serviceRestart = 1012
const closeWithinMs = 1000

/** Headers that a client may also send in `connection_init`: browsers let no page set headers of a WebSocket. */
const initHeaders: readonly string[] = [
  ...['authorization', 'graphql-client-name', 'graphql-client-version'],
  ...['apollographql-client-name', 'apollographql-client-version'],
]
/** Headers of a single request, which a handshake is not. */
const requestHeaders: readonly string[] = ['idempotency-key', 'last-event-id', 'x-request-id']
const objectSchema = z.record(z.string(), z.unknown())
/** graphql-ws asks for a document to learn the type of the operation. Each of them may respond with a stream. */
const anySubscription = parse('subscription { any }')

const noSchema = new GraphQLSchema({})

type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>

/**
 * Operations over WebSockets, with the protocol graphql-transport-ws. Each operation is a request of the endpoint at the path of the handshake, with
 * the headers of the handshake and of `connection_init`.
 */
export class WebSockets {
  readonly #parts: WebSocketsParts
  readonly #sockets: WebSocketServer
  readonly #silent = new WeakSet<WebSocket>()
  readonly #protocol = makeServer<Record<string, unknown>, Connection>({
    onSubscribe: async ({ extra, connectionParams }, _id, payload) => {
      const outcome = await this.#begin(extra, connectionParams, payload)
      return Array.isArray(outcome) ? outcome : { schema: noSchema, document: anySubscription, rootValue: outcome }
    },
    subscribe: ({ rootValue }) => rootValue as Outcome & AsyncGenerator<ExecutionResult>,
    // Otherwise its errors would have to be instances of GraphQLError.
    onNext: (_context, _id, _payload, _args, result) => result,
  })
  #pings: NodeJS.Timeout | undefined

  constructor(parts: WebSocketsParts) {
    this.#parts = parts
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: parts.messageBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => handleProtocols(offered),
    })
  }

  /** Takes over the connection of a request that asks for a WebSocket. */
  open(asked: Omit<Connection, 'socket' | 'signal'>, connection: Duplex, head: Buffer): void {
    const gone = new AbortController()
    connection.once('close', () => gone.abort())
    const { signal } = gone
    this.#sockets.handleUpgrade(asked.request, connection, head, (socket) => this.#serve({ ...asked, socket, signal }))
  }

  /** Closes all within this time, each at another moment. */
  drain(withinMs: number): void {
    for (const socket of this.#sockets.clients) {
      setTimeout(() => breakOff(socket), Math.random() * withinMs).unref()
    }
  }

  #serve(connection: Connection): void {
    const { socket } = connection
    const { log, metrics } = this.#parts
    metrics.webSockets.set(this.#sockets.clients.size)
    this.#pings ??= setInterval(() => this.#ping(), pingEveryMs).unref()
    socket.on('pong', () => this.#silent.delete(socket))
    socket.on('error', (err) => log.info({ err }, 'a WebSocket broke'))
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data) => {
            take(String(data)).catch((err: unknown) => {
              log.error({ err }, 'failed')
              socket.close(CloseCode.InternalServerError, 'Unexpected error.')
            })
          }),
      },
      connection,
    )
    socket.once('close', (code, reason) => {
      void closed(code, String(reason))
      const { size } = this.#sockets.clients
      metrics.webSockets.set(size)
      if (size > 0) return
      clearInterval(this.#pings)
      this.#pings = undefined
    })
  }

  /** The result or stream of an operation, or the errors for which there is neither. */
  async #begin(
    { socket, request, address, endpoint, signal }: Connection,
    params: Record<string, unknown> | undefined,
    payload: SubscribePayload,
  ): Promise<Outcome | GraphQLError[]> {
    const { deadlineMs: timeoutMs, admission } = this.#parts
    const headers = headersOf(request.headers, params)
    const requestId = randomUUID()
    const startedAt = performance.now()
    const priority = priorityOf(headers, endpoint)
    const release = beginning(socket)
    const place = await admission.enter(priority, { deadline: startedAt + timeoutMs, signal })
    try {
      if (!place) return [overloaded(admission.shed(priority), requestId)]
      const facts = { requestId, startedAt, timeoutMs, signal, place, address, client: clientOf(headers) }
      const asked = { ...facts, text: JSON.stringify(payload), acceptsStream: true }
      const { url } = request
      const response = await endpoint.respond(new ExchangeRequest({ method: 'POST', url, headers }, asked))
      if (!response) return [new GraphQLError('Unexpected error.', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })]
      if (response instanceof StreamResponse) return resultsOf(response.messages, socket)
      const result = resultIn(response.body)
      return result.data === undefined ? errorsIn(result) : result
    } finally {
      place?.leave()
      release()
    }
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      if (this.#silent.has(socket)) socket.terminate()
      this.#silent.add(socket)
      socket.ping()
    }
  }
}

/** Counts an operation that begins, and reads no further message while there are too many. */
const beginningOf = new WeakMap<WebSocket, number>()

function beginning(socket: WebSocket): () => void {
  const count = (change: number) => {
    const now = (beginningOf.get(socket) ?? 0) + change
    beginningOf.set(socket, now)
    return now
  }
  if (count(1) >= maxBeginning) socket.pause()
  return () => {
    if (count(-1) < maxBeginning && socket.isPaused) socket.resume()
  }
}

/** The headers of the handshake, and those that `connection_init` has, by itself or in its `headers`. */
function headersOf(handshake: IncomingHttpHeaders, params: Record<string, unknown> = {}): IncomingHttpHeaders {
  const headers = { ...handshake }
  for (const name of requestHeaders) delete headers[name]
  const nested = objectSchema.safeParse(params.headers).data ?? {}
  for (const [name, value] of Object.entries({ ...params, ...nested })) {
    const lower = name.toLowerCase()
    if (initHeaders.includes(lower) && typeof value === 'string') headers[lower] = value
  }
  return { ...headers, accept: 'application/graphql-response+json' }
}

function overloaded(retryAfterSeconds: number, requestId: string): GraphQLError {
  return clientError('OVERLOADED', overloadedMessage(retryAfterSeconds), {
    extensions: { retryAfterSeconds, requestId },
  })
}

function resultIn(json: string): ExecutionResult {
  return objectSchema.parse(JSON.parse(json))
}

/** graphql-ws takes errors as objects of their class, and sends what they say of themselves. */
function errorsIn({ errors = [] }: ExecutionResult): GraphQLError[] {
  return errors.map((error) => Object.assign(new GraphQLError(error.message), { toJSON: () => error }))
}

/** Written without a generator, whose `return` would wait for the next message. */
function resultsOf(messages: MessageStream, socket: WebSocket): AsyncIterableIterator<ExecutionResult> {
  const done = { done: true, value: undefined } as const
  let isLeft = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const message = await messages.next()
      // The client may have ended this operation, and go on with its others.
      if (message === 'broken off' && !isLeft) breakOff(socket)
      return typeof message === 'string' ? done : { done: false, value: resultIn(message.json) }
    },
    async return() {
      isLeft = true
      messages.close()
      return done
    },
  }
}

/** Resolves once the system has taken the message, so that a slow client holds one. */
function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve()
  return new Promise((resolve) => socket.send(text, () => resolve()))
}

function breakOff(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return
  socket.close(serviceRestart, 'Connect again.')
  setTimeout(() => socket.terminate(), closeWithinMs).unref()
}
