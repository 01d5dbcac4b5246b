import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server'
import type { Admission } from '../admission/admission.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Suspicion } from '../audit/suspicion.ts'
import type { Rule } from '../auth/rule.ts'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import type { Config } from '../config/config.ts'
import { codeOf } from '../errors.ts'
import { readBody } from '../http/body.ts'
import { senderReader } from '../http/client-address.ts'
import { ExchangeResponse, type GraphQLEndpoint, type RequestFacts, toolsPathOf } from '../http/exchange.ts'
import type { Route } from '../http/front.ts'
import { postedJsonRefusal, type Refusal } from '../http/request-refusal.ts'
import type { Log } from '../observability/log.ts'
import type { Catalogue } from '../operations/catalogue.ts'
import { Confirmations } from './confirmation.ts'
import { describedPath, metadataUrl, resourceMetadata } from './resource-metadata.ts'
import { type Tool, toolsOf } from './tool.ts'
import { type Caller, ToolCaller } from './tool-caller.ts'
import { toolServer } from './tool-server.ts'

/** An endpoint whose operations agents may call. */
export interface AgentEndpoint {
  audience: { name: string; viewers: readonly string[] } | undefined
  catalogue: Catalogue
  config: Config
  endpoint: GraphQLEndpoint & { viewerOf(authorization: string | undefined, address: string): Promise<Viewer> }
}

export interface AgentsParts {
  endpoints: readonly AgentEndpoint[]
  /** Whose agents may call tools. */
  rule: Rule
  config: Config
  admission: Pick<Admission, 'enter' | 'shed'>
  suspicion: Suspicion
  trail: AuditTrail
  /** The same on every replica of the server. */
  secret: string
  log: Log
}

/** What is served at one path. */
interface Place {
  endpoint: AgentEndpoint
  handler: McpHttpHandler
}

/** The tools of all endpoints, over the Model Context Protocol's streamable HTTP, without sessions. */
export class Agents {
  readonly #parts: AgentsParts
  readonly #places = new Map<string, Place>()
  readonly #callers = new WeakMap<Request, Caller>()
  readonly #senderOf: ReturnType<typeof senderReader>

  /** Throws for an operation that cannot be a tool. */
  constructor(parts: AgentsParts) {
    this.#parts = parts
    this.#senderOf = senderReader(parts.config.transport.trustProxy)
    const confirmations = new Confirmations(parts.secret)
    for (const own of parts.endpoints) {
      const { audience, catalogue, config, endpoint } = own
      const tools = toolsOf(catalogue.operations, Math.min(config.tools.pageSize, config.limits.pageSize))
      if (tools.length === 0) continue
      const { admission, trail, suspicion, log } = parts
      const caller = new ToolCaller({
        audience: audience?.name,
        endpoint,
        admission,
        config,
        confirmations,
        trail,
        suspicion,
        log,
      })
      this.#places.set(toolsPathOf(audience?.name), { endpoint: own, handler: this.#handlerOf(tools, caller) })
    }
  }

  routeAt(path: string): Route | undefined {
    const described = describedPath(path)
    const place = this.#places.get(described ?? path)
    if (!place) return undefined
    const { corsOrigins } = place.endpoint.config
    const plain = { corsOrigins, hasFiles: false }
    if (described !== undefined) return { ...plain, handle: (request) => this.#describe(described, request) }
    return { ...plain, handle: (...exchange) => this.#serve(path, place, ...exchange) }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#places.values()].map(({ handler }) => handler.close()))
  }

  #handlerOf(tools: readonly Tool[], caller: ToolCaller): McpHttpHandler {
    const { log, config } = this.#parts
    const { version } = config
    const make = ({ requestInfo }: { requestInfo?: Request }) => {
      const from = requestInfo && this.#callers.get(requestInfo)
      if (!from) throw new Error('a request for tools has no caller')
      return toolServer({ tools, caller, version }, from)
    }
    // No list of tools changes while the server runs, so there is nothing to listen for.
    return createMcpHandler(make, {
      maxSubscriptions: 0,
      onerror: (err) => log.info({ reason: err.message }, 'a request for tools was refused'),
    })
  }

  async #describe(described: string, request: IncomingMessage): Promise<Refusal | ExchangeResponse> {
    if (request.method !== 'GET')
      return { code: 'METHOD_NOT_ALLOWED', message: 'Send a GET.', headers: { allow: 'GET, OPTIONS' } }
    const { config, rule } = this.#parts
    const metadata = resourceMetadata(this.#originOf(request), described, config, rule)
    return new ExchangeResponse(JSON.stringify(metadata), {
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
  }

  async #serve(
    path: string,
    { endpoint, handler }: Place,
    request: IncomingMessage,
    response: ServerResponse,
    facts: RequestFacts,
  ): Promise<Refusal | undefined> {
    const { headers } = request
    // Without sessions there is nothing to GET or to DELETE.
    const refusal = postedJsonRefusal(request)
    if (refusal) return refusal
    const viewer = await this.#viewerOf(request, endpoint, facts)
    if (!('kind' in viewer))
      return { ...viewer, headers: { ...viewer.headers, ...this.#challenge(request, path, viewer) } }
    const text = await readBody(request, endpoint.config.limits.bodyBytes)
    if (typeof text !== 'string') return text
    const parsedBody = parsed(text)
    if (parsedBody === undefined) return { code: 'BAD_REQUEST', message: 'The body is not JSON.' }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const asked = new Request(`${this.#originOf(request)}${path}`, {
      method: 'POST',
      headers: protocolHeaders(headers),
      signal: gone.signal,
    })
    this.#callers.set(asked, { viewer, headers, facts: { ...facts, signal: gone.signal } })
    await send(await handler.fetch(asked, { parsedBody }), response)
    return undefined
  }

  async #viewerOf(
    { headers }: IncomingMessage,
    { audience, endpoint }: AgentEndpoint,
    { address }: RequestFacts,
  ): Promise<Viewer | Refusal> {
    let viewer: Viewer
    try {
      viewer = await endpoint.viewerOf(headers.authorization, address)
    } catch (error) {
      const code = codeOf(error)
      if (!code || !(error instanceof Error)) throw error
      return { code, message: error.message }
    }
    if (viewer.kind === anonymous.kind) return { code: 'UNAUTHENTICATED', message: 'Tools need a token or an API key.' }
    if (audience && !audience.viewers.includes(viewer.kind))
      return { code: 'FORBIDDEN', message: `These tools are for: ${audience.viewers.join(', ')}.` }
    if (this.#parts.rule.allows(viewer)) return viewer
    return {
      code: 'FORBIDDEN',
      message: `Agents of this viewer may not call tools: that needs ${scopesOf(this.#parts.rule)}.`,
    }
  }

  /** RFC 6750, section 3, and RFC 9728, section 5.1. */
  #challenge(request: IncomingMessage, path: string, { code }: Refusal): Record<string, string> {
    if (code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN') return {}
    const isSent = request.headers.authorization !== undefined
    const error = code === 'FORBIDDEN' ? 'insufficient_scope' : isSent ? 'invalid_token' : undefined
    const parts = [
      ...(error ? [`error="${error}"`] : []),
      ...(code === 'FORBIDDEN' ? [`scope="${scopesOf(this.#parts.rule)}"`] : []),
      `resource_metadata="${metadataUrl(this.#originOf(request), path)}"`,
    ]
    return { 'www-authenticate': `Bearer ${parts.join(', ')}` }
  }

  /** As the client wrote it, where proxies tell. */
  #originOf(request: IncomingMessage): string {
    const { secure } = this.#senderOf(request)
    const isHttps = secure || this.#parts.config.transport.hsts
    return `${isHttps ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`
  }
}

function scopesOf({ needs }: Rule): string {
  return needs.flatMap((need) => ('scope' in need ? need.scope : [])).join(' ')
}

/** Those that the protocol reads. */
function protocolHeaders(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && /^(mcp-.*|accept|content-type|last-event-id)$/.test(name) ? [[name, value]] : [],
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function send(from: Response, response: ServerResponse): Promise<void> {
  response.statusCode = from.status
  for (const [name, value] of from.headers) response.setHeader(name, value)
  if (!from.body) return void response.end()
  try {
    await pipeline(from.body, response)
  } catch (error) {
    // The client has gone.
    if (!response.destroyed) throw error
  }
}
