import type { GraphQLSchema } from 'graphql'
import { YogaServer } from 'graphql-yoga'
import { z } from 'zod'
import type { Admission } from '../admission/admission.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { suspicionOf } from '../audit/suspicion.ts'
import type { Authenticator } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { PageOfExport } from '../bulk/page-of-export.ts'
import type { Config } from '../config/config.ts'
import type { Context, EventFilter, FeedEvent, OwnOperation } from '../context.ts'
import type { FieldUsage } from '../field-usage/field-usage.ts'
import {
  type ExchangeRequest,
  ExchangeResponse,
  type GraphQLEndpoint,
  graphqlPathOf,
  ownRequest,
  StreamResponse,
} from '../http/exchange.ts'
import { CredentialGuard } from '../limits/credential-guard.ts'
import type { Limits } from '../limits/limits.ts'
import { OperationCosts } from '../limits/operation-costs.ts'
import { Precedence } from '../limits/precedence.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Tracing } from '../observability/tracing.ts'
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts'
import type { ConsistencyTokens } from './consistency-token.ts'
import { DocumentCache } from './document-cache.ts'
import { type ErrorMask, errorMask } from './error-mask.ts'
import { FastPath } from './fast-path.ts'
import { KnownDocuments } from './known-documents.ts'
import { pipelineOf } from './pipeline.ts'
import { type ContextParts, contextFactory } from './request-context.ts'
import { newRequestScope, type RequestScope, requestScope } from './request-scope.ts'
import { isAbsent, type Step } from './step.ts'
import type { NamedAudience } from './steps/credentials.ts'
import { Streams } from './streams.ts'

/** What one endpoint is made of. Nothing is a singleton: a process may serve several, each with limits of its own. */
export interface EndpointParts extends Omit<ContextParts, 'suspicion' | 'largestPage'> {
  config: Config
  /** Whom it is for; without it, it is the back office's. */
  audience?: NamedAudience
  /** Of the process: requests of all endpoints go before bulk work. */
  precedence?: Precedence
  /** Of the process. Only tests and benchmarks go without it. */
  admission?: Pick<Admission, 'allowsCost' | 'shed'>
  schema: GraphQLSchema
  authenticator: Authenticator
  tokens: ConsistencyTokens
  trustedDocuments: TrustedDocuments
  limits: Limits
  audit: AuditTrail
  /** Counts the fields that clients ask for; without it nothing is counted. */
  usage?: FieldUsage | undefined
  log: Log
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined
  /** Whether known documents take the fast path. Only tests and benchmarks switch it off. */
  hasFastPath?: boolean
}

export interface Endpoint extends GraphQLEndpoint {
  /** The response of a subscription for one event. Undefined after an unexpected error, which is logged. */
  respondTo(event: FeedEvent, operation: OwnOperation): Promise<ExchangeResponse | undefined>
  /** Reads one page of an export. Its response has no data. Undefined after an unexpected error, which is logged. */
  respondWithPage(
    request: ExchangeRequest,
    page: PageOfExport,
    viewer?: Viewer,
  ): Promise<ExchangeResponse | StreamResponse | undefined>
  /** The viewer of a credential. Throws UNAUTHENTICATED and RATE_LIMITED. */
  viewerOf(authorization: string | undefined, address: string): Promise<Viewer>
  /** The events that a subscription follows, or why it is refused. */
  filterOf(operation: OwnOperation): Promise<EventFilter | { refusal: string }>
}

export function createEndpoint(parts: EndpointParts): Endpoint {
  const { config, schema, log, audience, precedence = new Precedence(), hasFastPath = true } = parts
  const suspicion = suspicionOf(parts)
  const contextFor = contextFactory({ ...parts, suspicion, largestPage: config.limits.pageSize })
  const documents = new KnownDocuments(schema)
  const mask = errorMask(log)
  const guard = guardOf(parts)
  const streams = new Streams({ guard, limits: parts.config.streams, metrics: parts.metrics })
  const steps = pipelineOf({
    ...parts,
    documents,
    guard,
    streams: { streams, respond: respondAgain, cursors: parts.cursors, mask, log },
    contextFor,
    costs: costsOf(parts),
    rate: parts.limits.rate,
    auditTrail: parts.audit,
    suspicion,
    mask,
  })
  const general = generalRoute(schema, steps, { mask, path: graphqlPathOf(audience?.name) })
  const fastPath = hasFastPath
    ? new FastPath({ schema, steps, documents, contextFor, mask, turn: precedence.turn })
    : undefined

  function respond(scope: RequestScope) {
    const { request } = scope
    return requestScope.run(scope, async () => {
      try {
        const response = (await fastPath?.respond(scope)) ?? (await general(request))
        response.extraHeaders = scope.responseHeaders?.() ?? []
        if (response instanceof ExchangeResponse) response.isCompressible = scope.isCompressible
        return response
      } catch (err) {
        // Logged here, where the log can still redact the input of this request.
        log.error({ requestId: request.requestId, traceId: scope.trace?.id, err }, 'failed')
        return undefined
      }
    })
  }

  function respondAgain(request: ExchangeRequest, event: FeedEvent) {
    return respond(newRequestScope(request, { event }))
  }

  return {
    knows: (authorization) => parts.authenticator.knows(authorization),
    respond: (request) => precedence.during(() => respond(newRequestScope(request))),
    drain: (withinMs) => streams.drain(withinMs),
    respondTo: async (event, { viewer, ...operation }) => {
      const response = await respond(newRequestScope(ownRequest('webhooks', operation), { event, viewer }))
      return response instanceof ExchangeResponse ? response : undefined
    },
    respondWithPage: (request, page, viewer) => respond(newRequestScope(request, { export: page, viewer })),
    viewerOf: async (authorization, address) => guard.viewer(authorization ?? null, address),
    filterOf: async ({ viewer, ...operation }) => {
      const scope = newRequestScope(ownRequest('webhooks', operation), { viewer })
      const response = await respond(scope)
      if (response instanceof StreamResponse) response.messages.close()
      return scope.follows ?? { refusal: refusalIn(response) }
    },
  }
}

const refused = z.object({ errors: z.tuple([z.object({ message: z.string() })]).rest(z.unknown()) })

function refusalIn(response: ExchangeResponse | StreamResponse | undefined): string {
  const body: unknown = response instanceof ExchangeResponse ? JSON.parse(response.body) : undefined
  return refused.safeParse(body).data?.errors[0].message ?? 'It is not a subscription to events.'
}

/** Nothing runs after a response is sent. Each request gets an object of its own because Yoga writes into it. */
const waitUntil = () => {}

function generalRoute(
  schema: GraphQLSchema,
  steps: readonly Step[],
  { mask, path }: { mask: ErrorMask; path: string },
) {
  const yoga = new YogaServer<object, Context>({
    schema,
    graphqlEndpoint: path,
    maskedErrors: { maskError: mask },
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    plugins: steps.flatMap(({ general }) => (isAbsent(general) ? [] : general)),
    fetchAPI: { Response: ExchangeResponse as unknown as typeof Response },
    // The HTTP front answers everything else, GraphiQL too, and refuses bodies that are too large or not JSON.
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: false,
  })
  // Request and response have the properties that Yoga reads, and no more: see exchange.ts.
  return async (request: ExchangeRequest) =>
    (await yoga.handle(request as unknown as Request, { waitUntil })) as unknown as ExchangeResponse | StreamResponse
}

function guardOf({ config, authenticator, limits, log, metrics }: EndpointParts): CredentialGuard {
  const refusals = config.limits.refusedCredentials
  return new CredentialGuard({ authenticator, refusals, shared: limits.shared, log, metrics })
}

function costsOf({ config, limits }: EndpointParts): OperationCosts {
  return new OperationCosts({
    maximumFor: (viewer) => Math.min(config.limits.cost, limits.rate.capacityOf(viewer)),
    mutations: config.limits.mutations,
  })
}
