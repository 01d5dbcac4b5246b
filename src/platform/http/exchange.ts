import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Trace } from '../observability/tracing.ts'
import type { Client } from './client.ts'
import type { ContentEncoding } from './content-encoding.ts'
import { sendBody } from './whole-body.ts'

/** The path of the GraphQL endpoint of the back office. */
export const graphqlPath = '/graphql'

/** The path of the GraphQL endpoint of an audience, or of the back office. */
export function graphqlPathOf(audience: string | undefined): string {
  return audience === undefined ? graphqlPath : `/${audience}${graphqlPath}`
}

/** The path below which the named operations of an audience, or of the back office, are served. */
export function restPathOf(audience: string | undefined): string {
  return audience === undefined ? '/api' : `/${audience}/api`
}

/** The path where agents call the tools of an audience, or of the back office. */
export function toolsPathOf(audience: string | undefined): string {
  return audience === undefined ? '/mcp' : `/${audience}/mcp`
}

/** A document that the server has itself, with the variables of a call. */
export interface NamedCall {
  readonly document: string
  readonly variables: Record<string, unknown>
}

/** A request that an agent makes: what it may ask for is less. */
export interface AgentCall {
  /** Whether everything that it writes is undone. */
  readonly isDryRun: boolean
  /** The highest cost of its operation. */
  readonly cost: number
  readonly pageSize: number
}

/** The place of a request among those that run. */
export interface Place {
  /** The request waits for something that takes no work, such as an event, and gives its place to others. */
  pause(): void
  resume(): void
}

export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

/** What the HTTP front knows of a request for the GraphQL endpoint. */
export interface RequestFacts {
  requestId: string
  /** As `performance.now()` counts. */
  startedAt: number
  /** How long the request may take from then, in milliseconds; without it, as long as its statements may. */
  timeoutMs?: number
  /** Aborted when the client has gone. */
  signal?: AbortSignal
  /** What the request holds while it runs. */
  place?: Place | undefined
  /** The address of the peer or, behind trusted proxies, of their client. */
  address: string
  client: Client
  /** Undefined where nothing is traced. */
  trace?: Trace | undefined
  /** The body of a POST. */
  text?: string | undefined
  /** Whether the response may be a stream of messages. */
  acceptsStream?: boolean
  /** What it asks for, where it has no document of its own. */
  named?: NamedCall | undefined
  agent?: AgentCall | undefined
}

/**
 * A request with the parts of the Fetch API that Yoga and the steps of the pipeline read. Yoga's own adapter makes a whole
 * `Request` with streams and abort signals, which costs more than the rest of a small query. The body is not called
 * `body`: Yoga would list each of its characters.
 */
export class ExchangeRequest {
  readonly method: string
  /** As the request has it: path and query string. */
  readonly url: string
  readonly headers: { get(name: string): string | null; has(name: string): boolean }
  readonly requestId: string
  readonly startedAt: number
  readonly timeoutMs: number
  /** When it must be over, as `performance.now()` counts. */
  deadline: number
  readonly signal: AbortSignal | undefined
  readonly place: Place | undefined
  readonly address: string
  readonly client: Client
  readonly trace: Trace | undefined
  readonly text: string
  readonly acceptsStream: boolean
  readonly named: NamedCall | undefined
  readonly agent: AgentCall | undefined

  constructor({ method = 'GET', url = '/', headers }: RequestHead, facts: RequestFacts) {
    this.method = method
    this.url = url
    this.headers = {
      get: (name) => {
        const value = headers[name.toLowerCase()]
        return value === undefined ? null : String(value)
      },
      has: (name) => headers[name.toLowerCase()] !== undefined,
    }
    this.requestId = facts.requestId
    this.startedAt = facts.startedAt
    this.timeoutMs = facts.timeoutMs ?? Number.POSITIVE_INFINITY
    this.deadline = this.startedAt + this.timeoutMs
    this.signal = facts.signal
    this.place = facts.place
    this.address = facts.address
    this.client = facts.client
    this.trace = facts.trace
    this.text = facts.text ?? ''
    this.acceptsStream = facts.acceptsStream ?? false
    this.named = facts.named
    this.agent = facts.agent
  }

  /** The same request, for the execution of an event of its stream, which has a trace of its own. */
  again(): ExchangeRequest {
    const startedAt = performance.now()
    const own = { startedAt, deadline: startedAt + this.timeoutMs, place: undefined, trace: undefined }
    return Object.assign(Object.create(ExchangeRequest.prototype), this, own)
  }
}

/** A request that the server makes of itself. Manifests of trusted documents know its client by this name. */
export function ownRequest(
  client: string,
  { document, variables }: { document: string; variables: unknown },
  requestId: string = randomUUID(),
): ExchangeRequest {
  const head = {
    method: 'POST',
    url: graphqlPath,
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
  }
  return new ExchangeRequest(head, {
    requestId,
    startedAt: performance.now(),
    address: '127.0.0.1',
    client: { name: client, version: undefined },
    text: JSON.stringify({ query: document, variables }),
    acceptsStream: true,
  })
}

interface ResponseOptions {
  status?: number
  headers?: Record<string, string>
  data?: ResponseData
}

/** The data of a GraphQL response without errors, for those who write it in another form. */
export interface ResponseData {
  /** Undefined where it is known as text only. */
  readonly value: object | undefined
  readonly json: string | undefined
  /** The same object for the same data; undefined for data that no other response has. */
  readonly key: object | undefined
}

export class ExchangeResponse {
  readonly status: number
  readonly headers: Map<string, string>
  /** Headers that replace those of the same name, also in a 304. */
  extraHeaders: readonly (readonly [string, string])[] = []
  /** Whether nothing in it could be guessed from its compressed size. */
  isCompressible = false
  /** Undefined where the body alone has it. */
  readonly data: ResponseData | undefined
  #body: string | (() => string)

  /** The body is written when it is read first. */
  constructor(body?: string | (() => string) | null, { status = 200, headers = {}, data }: ResponseOptions = {}) {
    this.#body = body ?? ''
    this.status = status
    this.headers = new Map(Object.entries(headers))
    this.data = data
  }

  get body(): string {
    if (typeof this.#body === 'function') this.#body = this.#body()
    return this.#body
  }

  send(response: ServerResponse, encoding?: ContentEncoding): void {
    for (const [name, value] of this.headers) response.setHeader(name, value)
    response.statusCode = this.status
    sendBody(response, this.body, encoding)
  }
}

export interface StreamMessage {
  /** A GraphQL response, as JSON. */
  json: string
  /** Where the stream can go on behind this message; undefined for an error, which is the last message. */
  position?: string
}

/** How a stream ends: it is complete, or its client should open it again from its last position. */
export type StreamEnd = 'complete' | 'broken off'

/** The messages of a stream, each made when it is asked for. */
export interface MessageStream {
  next(): Promise<StreamMessage | StreamEnd>
  /** Frees everything; a waiting `next` resolves. */
  close(): void
}

/** The response of a subscription. */
export class StreamResponse {
  readonly messages: MessageStream
  /** Headers of the response that began it. */
  extraHeaders: readonly (readonly [string, string])[] = []

  constructor(messages: MessageStream) {
    this.messages = messages
  }
}

export interface GraphQLEndpoint {
  /** Whether the credential was accepted before and not refused since. It may be due for another check. */
  knows(authorization: string): boolean
  /** Undefined after an unexpected error, which the endpoint has logged. */
  respond(request: ExchangeRequest): Promise<ExchangeResponse | StreamResponse | undefined>
  /** Breaks off all streams within this time, each at another moment, so that not all clients come back at once. */
  drain(withinMs: number): void
}
