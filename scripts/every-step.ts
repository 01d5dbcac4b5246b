import { AuditTrail } from '../src/platform/audit/audit-trail.ts'
import { Suspicion } from '../src/platform/audit/suspicion.ts'
import { anonymous } from '../src/platform/auth/viewer.ts'
import { ResponseCache } from '../src/platform/cache/response-cache.ts'
import { parseConfig } from '../src/platform/config/config.ts'
import { EventFeed } from '../src/platform/events/feed.ts'
import { ConsistencyTokens } from '../src/platform/execution/consistency-token.ts'
import { errorMask } from '../src/platform/execution/error-mask.ts'
import { KnownDocuments } from '../src/platform/execution/known-documents.ts'
import { pipelineOf } from '../src/platform/execution/pipeline.ts'
import type { Step } from '../src/platform/execution/step.ts'
import { Streams } from '../src/platform/execution/streams.ts'
import { FieldUsage } from '../src/platform/field-usage/field-usage.ts'
import { CursorCodec } from '../src/platform/graphql/cursor.ts'
import { CredentialGuard } from '../src/platform/limits/credential-guard.ts'
import { openLimits } from '../src/platform/limits/limits.ts'
import { OperationCosts } from '../src/platform/limits/operation-costs.ts'
import { createLog } from '../src/platform/observability/log.ts'
import { Metrics } from '../src/platform/observability/metrics.ts'
import type { SpanRecorder } from '../src/platform/observability/span.ts'
import { Tracing } from '../src/platform/observability/tracing.ts'
import { TrustedDocuments } from '../src/platform/trusted-documents/trusted-documents.ts'
import { domain, schema } from '../src/schema.ts'

/** The pipeline with every optional step, of an endpoint that serves no request. */
export async function everyStep(): Promise<readonly Step[]> {
  const config = parseConfig({ INTROSPECTION: 'false', LOG_LEVEL: 'silent' })
  const log = createLog(config, (text) => text)
  const metrics = new Metrics()
  const { rate, shared } = await openLimits(config, log, metrics)
  const write = async () => {}
  const feed = new EventFeed({ url: '', log })
  const mask = errorMask(log)
  const guard = new CredentialGuard({
    authenticator: { viewer: () => anonymous, knownViewer: () => undefined },
    refusals: config.limits.refusedCredentials,
    shared,
    log,
    metrics,
  })
  return pipelineOf({
    config,
    schema,
    trustedDocuments: await TrustedDocuments.read({ mode: 'log', path: undefined }, schema),
    documents: new KnownDocuments(schema),
    guard,
    contextFor: () => {
      throw new Error('this pipeline serves no request')
    },
    feed,
    tokens: new ConsistencyTokens(''),
    costs: new OperationCosts({ maximumFor: () => config.limits.cost, mutations: config.limits.mutations }),
    rate,
    admission: { allowsCost: () => true, shed: () => 0 },
    isReadingOnly: true,
    usage: new FieldUsage({ schema, write, log }),
    cache: new ResponseCache({
      policies: domain.rowPolicies,
      topics: domain.topics,
      bytes: 1,
      feed,
      databaseUrl: '',
      log,
      metrics,
    }),
    auditTrail: new AuditTrail({ write, log }),
    suspicion: new Suspicion({ limits: { denials: 1, look_ups: 1, personal_reads: 1, tool_calls: 1 }, log, metrics }),
    mask,
    streams: {
      streams: new Streams({ guard, limits: config.streams, metrics }),
      respond: async () => undefined,
      cursors: new CursorCodec(''),
      mask,
      log,
    },
    log,
    metrics,
    tracing: new Tracing({ followsParent: true, ratio: 0 }, noSpans, 'none'),
  })
}

const noSpans: SpanRecorder = {
  begin: () => {
    throw new Error('nothing is recorded')
  },
  close: async () => {},
}
