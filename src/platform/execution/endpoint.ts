import type { IncomingMessage } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import { YogaServer } from 'graphql-yoga'
import type { AuditTrail } from '../audit/audit-trail.ts'
import { Suspicion } from '../audit/suspicion.ts'
import type { Authenticator } from '../auth/authenticate.ts'
import { policedClient } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { Database } from '../database/client.ts'
import type { Domain } from '../domain.ts'
import { clientError } from '../errors.ts'
import type { FieldUsage } from '../field-usage/field-usage.ts'
import type { CursorCodec } from '../graphql/cursor.ts'
import { Loaders } from '../graphql/loader.ts'
import { ExchangeAnswer, ExchangeRequest } from '../http/exchange.ts'
import { CredentialGuard } from '../limits/credential-guard.ts'
import { useDocumentLimits, useNoSuggestions, useParserDepth } from '../limits/document-limits.ts'
import type { Limits } from '../limits/limits.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts'
import { DocumentCache } from './document-cache.ts'
import { FastPath } from './fast-path.ts'
import { requestScope } from './request-scope.ts'
import { useAuditTrail } from './steps/audit.ts'
import { errorMask, useErrorCatalogue } from './steps/error-catalogue.ts'
import { useFieldUsage } from './steps/field-usage.ts'
import { useNoIntrospection } from './steps/no-introspection.ts'
import { useOperationChoice } from './steps/operation-choice.ts'
import { useOperationLog } from './steps/operation-log.ts'
import { useOperationMetrics } from './steps/operation-metrics.ts'
import { useGraphQLParams } from './steps/parameters.ts'
import { QueryCosts, useQueryCost } from './steps/query-cost.ts'
import { useRateLimit } from './steps/rate-limit.ts'
import { useRequestStatus } from './steps/request-status.ts'
import { useResponseCache } from './steps/response-cache.ts'
import { useSensitiveInput } from './steps/sensitive-input.ts'
import { useTextSafety } from './steps/text-safety.ts'
import { UnknownDocuments, useUnknownDocumentLog } from './steps/unknown-documents.ts'
import { useVariableFaults } from './steps/variable-errors.ts'

/** What one endpoint is made of. Nothing is a singleton: a process may serve several, each with limits of its own. */
export interface GraphQLServerParts {
  config: Config
  schema: GraphQLSchema
  domain: Domain
  database: Database
  authenticator: Authenticator
  cursors: CursorCodec
  trustedDocuments: TrustedDocuments
  log: Log
  metrics: Metrics
  limits: Limits
  audit: AuditTrail
  /** Counts what clients ask for; without one nothing is counted. */
  usage?: FieldUsage | undefined
  /** Keeps answers that show only what is public; without one none is kept. */
  cache?: ResponseCache | undefined
  /** What a viewer reads through, in the place of the policed client: only for benchmarks to leave it out. */
  readsFor?: (database: Database, viewer: Viewer) => Context['db']
  /** Whether known documents are answered before Yoga: only for tests to leave it out. */
  hasFastPath?: boolean
}

/** We keep no work for after the answer. The object it is given in is the request's own: Yoga writes into it. */
const waitUntil = () => {}

export const graphqlPath = '/graphql'

/** Answers requests whose head is right and whose body is read. */
export function createGraphQLServer(parts: GraphQLServerParts) {
  const { config, schema, trustedDocuments, log, metrics, authenticator, limits, audit, usage, cache } = parts
  const { hasFastPath = true } = parts
  const { denials, personalReads } = config.suspicious
  const suspicion = new Suspicion({
    limits: { denials, look_ups: denials, personal_reads: personalReads },
    log,
    metrics,
  })
  const mask = errorMask(log)
  const { refusedCredentials: refusals } = config.limits
  const guard = new CredentialGuard({ authenticator, refusals, shared: limits.shared, log, metrics })
  const unknownDocuments = trustedDocuments.mode === 'log' ? new UnknownDocuments(trustedDocuments, log) : undefined
  const costs = new QueryCosts({
    maximumFor: (viewer) => Math.min(config.limits.cost, limits.rate.capacityOf(viewer)),
    mutations: config.limits.mutations,
  })
  const contextFor = contextOf(parts, suspicion)
  const auditing = { audit, suspicion, metrics }
  const express = new FastPath({
    ...auditing,
    schema,
    trustedDocuments,
    unknownDocuments,
    cache,
    maxAgeSeconds: config.cache.maxAgeSeconds,
    guard,
    costs,
    rate: limits.rate,
    contextOf: contextFor,
    usage,
    log,
  })
  // In the order a request meets them.
  const plugins = [
    // The request becomes a document and variables.
    useGraphQLParams(trustedDocuments),
    useTextSafety(),
    useSensitiveInput(schema),
    // What the document may be.
    useOperationChoice(),
    useDocumentLimits(config.limits),
    useParserDepth(),
    useNoSuggestions(),
    useVariableFaults(),
    unknownDocuments && useUnknownDocumentLog(unknownDocuments),
    // What it may cost, now that variables have values.
    useQueryCost(costs),
    // Whether its viewer has that much left.
    useRateLimit({ limit: limits.rate, guard, metrics, mask }),
    usage && useFieldUsage(usage),
    cache && useResponseCache({ cache, metrics, maxAgeSeconds: config.cache.maxAgeSeconds }),
    // From now on its document is known.
    hasFastPath && express.plugin(),
    // What became of it.
    useAuditTrail(auditing),
    useErrorCatalogue(mask),
    !config.introspection && useNoIntrospection(schema),
    useOperationLog(log),
    useOperationMetrics(metrics),
    useRequestStatus(),
  ].filter((plugin) => plugin !== false && plugin !== undefined)
  const yoga = new YogaServer<object, Context>({
    schema,
    graphqlEndpoint: graphqlPath,
    context: async ({ request }) => {
      const scope = requestScope.getStore()
      const viewer = await guard.viewer(request.headers.get('authorization'), scope?.address ?? '')
      if (scope) scope.viewerKind = viewer.kind
      return contextFor(viewer, request)
    },
    maskedErrors: { maskError: mask },
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    plugins,
    fetchAPI: { Response: ExchangeAnswer as unknown as typeof Response },
    // The HTTP front has answered everything else, GraphiQL too, and has refused what is too large or not JSON.
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: false,
    batching: false,
    multipart: false,
    logging: false,
    cors: false,
  })
  return async (request: IncomingMessage): Promise<ExchangeAnswer> => {
    // Both have what Yoga looks at, and no more: see exchange.ts.
    const exchanged = new ExchangeRequest(request)
    const answer = await express.answer(exchanged)
    if (answer) return answer
    return (await yoga.handle(exchanged as unknown as Request, { waitUntil })) as unknown as ExchangeAnswer
  }
}

function contextOf(
  { domain, database, cursors, cache, readsFor = policedFor(domain) }: GraphQLServerParts,
  suspicion: Suspicion,
) {
  const clients = new WeakMap<object, Context['db']>()
  const transactions = cache?.following(database.transactions) ?? database.transactions
  return (viewer: Viewer, { headers }: Pick<ExchangeRequest, 'headers'>): Context => {
    // A viewer lives as long as their token is remembered, and so does the client that reads for them.
    const db = clients.get(viewer) ?? readsFor(database, viewer)
    clients.set(viewer, db)
    const scope = requestScope.getStore()
    const requestId = scope?.requestId ?? ''
    return {
      requestId,
      viewer,
      idempotencyKey: headers.get('idempotency-key') ?? undefined,
      db,
      transactions,
      cursors,
      countLookUp: () => {
        const seconds = suspicion.bound('look_ups', { viewer, address: scope?.address ?? '', requestId })
        if (seconds !== undefined) throw tooManyLookUps(seconds)
      },
      loaders: new Loaders({ db, viewer }),
    }
  }
}

function tooManyLookUps(retryAfterSeconds: number) {
  const message = `What others have was asked too often in a short time; try again in ${retryAfterSeconds} s.`
  return clientError('RATE_LIMITED', message, { extensions: { retryAfterSeconds } })
}

function policedFor({ rowPolicies }: Domain): NonNullable<GraphQLServerParts['readsFor']> {
  return (database, viewer) => policedClient(database.client, rowPolicies, viewer, database.prepared)
}
