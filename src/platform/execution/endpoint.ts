import type { GraphQLSchema } from 'graphql'
import { YogaServer } from 'graphql-yoga'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { Suspicion } from '../audit/suspicion.ts'
import type { Authenticator } from '../auth/authenticate.ts'
import type { Config } from '../config/config.ts'
import type { Context, FeedEvent } from '../context.ts'
import type { FieldUsage } from '../field-usage/field-usage.ts'
import {
  type ExchangeRequest,
  ExchangeResponse,
  type GraphQLEndpoint,
  graphqlPath,
  type StreamResponse,
} from '../http/exchange.ts'
import { CredentialGuard } from '../limits/credential-guard.ts'
import type { Limits } from '../limits/limits.ts'
import { OperationCosts } from '../limits/operation-costs.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts'
import { DocumentCache } from './document-cache.ts'
import { type ErrorMask, errorMask } from './error-mask.ts'
import { FastPath } from './fast-path.ts'
import { KnownDocuments } from './known-documents.ts'
import { pipelineOf } from './pipeline.ts'
import { type ContextParts, contextFactory } from './request-context.ts'
import { newRequestScope, requestScope } from './request-scope.ts'
import { isAbsent, type Step } from './step.ts'
import { Streams } from './streams.ts'

/** What one endpoint is made of. Nothing is a singleton: a process may serve several, each with limits of its own. */
export interface EndpointParts extends Omit<ContextParts, 'suspicion'> {
  config: Config
  schema: GraphQLSchema
  authenticator: Authenticator
  trustedDocuments: TrustedDocuments
  limits: Limits
  audit: AuditTrail
  /** Counts the fields that clients ask for; without it nothing is counted. */
  usage?: FieldUsage | undefined
  log: Log
  metrics: Metrics
  /** Whether known documents take the fast path. Only tests and benchmarks switch it off. */
  hasFastPath?: boolean
}

export function createEndpoint(parts: EndpointParts): GraphQLEndpoint {
  const { schema, log, hasFastPath = true } = parts
  const suspicion = suspicionOf(parts)
  const contextFor = contextFactory({ ...parts, suspicion })
  const documents = new KnownDocuments(schema)
  const mask = errorMask(log)
  const guard = guardOf(parts)
  const streams = new Streams({ guard, limits: parts.config.streams, metrics: parts.metrics })
  const steps = pipelineOf({
    ...parts,
    documents,
    guard,
    streams: { streams, respond, cursors: parts.cursors, mask, log },
    contextFor,
    costs: costsOf(parts),
    rate: parts.limits.rate,
    auditTrail: parts.audit,
    suspicion,
    mask,
  })
  const general = generalRoute(schema, steps, mask)
  const fastPath = hasFastPath ? new FastPath({ schema, steps, documents, contextFor }) : undefined

  function respond(request: ExchangeRequest, event?: FeedEvent) {
    const scope = newRequestScope(request, event)
    return requestScope.run(scope, async () => {
      try {
        const response = (await fastPath?.respond(scope)) ?? (await general(request))
        response.extraHeaders = scope.responseHeaders?.() ?? []
        return response
      } catch (err) {
        // Logged here, where the log can still redact the input of this request.
        log.error({ requestId: request.requestId, err }, 'failed')
        return undefined
      }
    })
  }

  return { respond: (request) => respond(request), drain: (withinMs) => streams.drain(withinMs) }
}

/** Nothing runs after a response is sent. Each request gets an object of its own because Yoga writes into it. */
const waitUntil = () => {}

function generalRoute(schema: GraphQLSchema, steps: readonly Step[], mask: ErrorMask) {
  const yoga = new YogaServer<object, Context>({
    schema,
    graphqlEndpoint: graphqlPath,
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

function suspicionOf({ config, log, metrics }: EndpointParts): Suspicion {
  const { denials, personalReads } = config.suspicious
  return new Suspicion({ limits: { denials, look_ups: denials, personal_reads: personalReads }, log, metrics })
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
