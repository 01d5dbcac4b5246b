import type { GraphQLSchema } from 'graphql'
import type { Admission } from '../admission/admission.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Suspicion } from '../audit/suspicion.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { Config } from '../config/config.ts'
import type { Feed } from '../context.ts'
import type { FieldUsage } from '../field-usage/field-usage.ts'
import type { CredentialGuard } from '../limits/credential-guard.ts'
import type { OperationCosts } from '../limits/operation-costs.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { OperationLabels } from '../observability/operation-name.ts'
import type { Tracing } from '../observability/tracing.ts'
import type { TrustedDocuments } from '../trusted-documents/trusted-documents.ts'
import { UnknownDocuments } from '../trusted-documents/unknown-documents.ts'
import type { ConsistencyTokens } from './consistency-token.ts'
import type { ErrorMask } from './error-mask.ts'
import type { KnownDocuments } from './known-documents.ts'
import type { ContextFor } from './request-context.ts'
import type { Step } from './step.ts'
import { admission } from './steps/admission.ts'
import { audit } from './steps/audit.ts'
import { compression } from './steps/compression.ts'
import { consistency } from './steps/consistency.ts'
import { credentials, type NamedAudience } from './steps/credentials.ts'
import { documentLimits } from './steps/document-limits.ts'
import { errorCatalogue } from './steps/error-catalogue.ts'
import { exportPages } from './steps/export-pages.ts'
import { fieldUsage } from './steps/field-usage.ts'
import { knownDocuments } from './steps/known-documents.ts'
import { noIntrospection } from './steps/no-introspection.ts'
import { operationChoice } from './steps/operation-choice.ts'
import { operationLog } from './steps/operation-log.ts'
import { operationMetrics } from './steps/operation-metrics.ts'
import { parameters } from './steps/parameters.ts'
import { queryCost } from './steps/query-cost.ts'
import { rateLimit } from './steps/rate-limit.ts'
import { readingOnly } from './steps/reading-only.ts'
import { requestStatus } from './steps/request-status.ts'
import { responseCache } from './steps/response-cache.ts'
import { rules } from './steps/rules.ts'
import { sensitiveInput } from './steps/sensitive-input.ts'
import { slowOperations } from './steps/slow-operations.ts'
import { streams } from './steps/streams.ts'
import { textSafety } from './steps/text-safety.ts'
import { tracing } from './steps/tracing.ts'
import { unknownDocuments } from './steps/unknown-documents.ts'
import { variableErrors } from './steps/variable-errors.ts'

export interface PipelineParts {
  config: Pick<Config, 'limits' | 'cache' | 'introspection' | 'telemetry'>
  schema: GraphQLSchema
  /** Whom the endpoint is for; without it, it is the back office's. */
  audience?: NamedAudience | undefined
  trustedDocuments: TrustedDocuments
  documents: KnownDocuments
  guard: CredentialGuard
  contextFor: ContextFor
  tokens: ConsistencyTokens
  feed: Feed
  costs: OperationCosts
  rate: RateLimit
  admission?: Pick<Admission, 'allowsCost' | 'shed'> | undefined
  usage?: FieldUsage | undefined
  cache?: ResponseCache | undefined
  /** Whether the database can only be read. */
  isReadingOnly?: boolean
  streams: Parameters<typeof streams>[0]
  auditTrail: AuditTrail
  suspicion: Suspicion
  mask: ErrorMask
  log: Log
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined
}

/**
 * The steps of an endpoint, in the order a request takes them. Both routes are made from this list: a new step is a file
 * in `steps/` and a line here.
 */
export function pipelineOf(parts: PipelineParts): readonly Step[] {
  const { config, schema, trustedDocuments, documents, guard, costs, usage, cache, mask, log, metrics } = parts
  const { maxAgeSeconds } = config.cache
  const { audience } = parts
  const endpoint = audience?.name ?? 'backOffice'
  const slowAfterMs = config.telemetry.slowOperationMs
  const steps: (Step | false | undefined)[] = [
    // What is kept of it from its beginning.
    parts.tracing && tracing(parts.tracing, endpoint),
    slowAfterMs > 0 && slowOperations({ log, metrics, slowAfterMs, endpoint }),
    // The request becomes a document and variables.
    parameters(trustedDocuments),
    textSafety(),
    sensitiveInput(schema),
    // Which documents are accepted.
    operationChoice(),
    parts.isReadingOnly && readingOnly(),
    documentLimits(config.limits),
    variableErrors(),
    trustedDocuments.mode === 'log' && unknownDocuments(new UnknownDocuments(trustedDocuments, log)),
    // Who asks, and what they may use.
    credentials(guard, parts.contextFor, audience),
    rules(),
    // What the operation may cost, now that its variables have values, and whether server and viewer have that much left.
    queryCost(costs),
    parts.admission && admission(parts.admission),
    rateLimit({ limit: parts.rate, guard, metrics, mask }),
    exportPages(),
    compression(schema),
    usage && fieldUsage(usage),
    // Where it is read: in memory, on a replica, or on the primary.
    consistency({ tokens: parts.tokens, feed: cache && parts.feed }),
    cache && responseCache({ cache, metrics, maxAgeSeconds, endpoint }),
    streams(parts.streams),
    // An operation that comes this far is executed, and its document is known from now on.
    knownDocuments(documents),
    // What is recorded of it.
    audit({ trail: parts.auditTrail, suspicion: parts.suspicion, metrics }),
    errorCatalogue(mask),
    !config.introspection && noIntrospection(schema),
    operationLog(log, audience?.name),
    operationMetrics({ metrics, labels: new OperationLabels(trustedDocuments.operationNames), endpoint }),
    requestStatus(),
  ]
  return steps.filter((step) => step !== false && step !== undefined)
}
