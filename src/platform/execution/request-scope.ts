import { AsyncLocalStorage } from 'node:async_hooks'
import type { OperationDefinitionNode } from 'graphql'
import { OperationRecord } from '../audit/operation-record.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { PageOfExport } from '../bulk/page-of-export.ts'
import type { ReadLog } from '../cache/read-log.ts'
import type { EventFilter, FeedEvent } from '../context.ts'
import type { Bounds } from '../database/bounds.ts'
import type { ReadRoute } from '../database/read-route.ts'
import type { Statement } from '../database/statement.ts'
import type { SeenPosition } from '../database/wal-position.ts'
import type { ExchangeRequest } from '../http/exchange.ts'
import type { SensitiveInput } from '../privacy/sensitive-input.ts'
import type { OperationTrace } from './operation-trace.ts'
import type { ResponseStream } from './response-stream.ts'
import type { SentStatements } from './sent-statements.ts'

/** What the endpoint knows of the request in hand. The steps of the pipeline fill it. */
export interface RequestScope {
  readonly request: ExchangeRequest
  /** The event that a subscription is executed for; undefined for a request. */
  readonly event: FeedEvent | undefined
  /** The page of an export that it reads; undefined for any other request. */
  readonly export: PageOfExport | undefined
  /** Whom the server runs a request of its own for; undefined for a request with a credential. */
  readonly viewer: Viewer | undefined
  /** What a subscription responds with. */
  stream: ResponseStream | undefined
  /** The events that a subscription follows. */
  follows: EventFilter | undefined
  /** For the audit trail. */
  readonly audit: OperationRecord
  /** Calls to other services. */
  remote: { calls: number; durationMs: number }
  statements: number
  /** Rows the database sent. A nested list arrives inside the row of its parent. */
  rows: number
  /** Undefined where nothing is traced. */
  trace: OperationTrace | undefined
  /** Undefined where slow operations are not told of. */
  sent: SentStatements | undefined
  /** The response key of the mutation under way. */
  mutation: string | undefined
  /** Whether the request named its document by an id, so that it is a trusted one. */
  isNamedById: boolean
  /** The values of tagged inputs, once the document is parsed. */
  input: SensitiveInput | undefined
  /** The operation to execute, once it is chosen. */
  operation: OperationDefinitionNode | undefined
  /** The variables of the operation: coerced, with defaults. */
  variables: Record<string, unknown> | undefined
  viewerKind: string | undefined
  /** Cost the operation may need. */
  cost: number | undefined
  /** Cost the response needed. */
  actualCost: number | undefined
  /** The limit, where the operation was refused for a higher cost. */
  costAbove: number | undefined
  /** Whether it costs too much for a server with more to do than it can; undefined until that is decided. */
  isTooCostly: boolean | undefined
  /** Reads of the operation, where its response may be cached. */
  reads: ReadLog | undefined
  isCached: boolean
  /** What the client has seen, as its consistency token says; undefined without a token. */
  seen: SeenPosition | undefined
  /** Behind the transactions of the request. */
  written: SeenPosition | undefined
  /** Where the request reads, where there are replicas. */
  route: ReadRoute | undefined
  /** Whether a compiled operation made the response. */
  isCompiled: boolean
  /** Whether the response may be compressed. */
  isCompressible: boolean
  /** Headers of the response, known when it is complete. */
  responseHeaders: (() => readonly (readonly [string, string])[]) | undefined
}

export const requestScope = new AsyncLocalStorage<RequestScope>()

export function newRequestScope(
  request: ExchangeRequest,
  given: { event?: FeedEvent; viewer?: Viewer | undefined; export?: PageOfExport } = {},
): RequestScope {
  return {
    request,
    event: given.event,
    export: given.export,
    viewer: given.viewer,
    stream: undefined,
    follows: undefined,
    audit: new OperationRecord(),
    remote: { calls: 0, durationMs: 0 },
    statements: 0,
    rows: 0,
    trace: undefined,
    sent: undefined,
    mutation: undefined,
    isNamedById: false,
    input: undefined,
    operation: undefined,
    variables: undefined,
    viewerKind: undefined,
    cost: undefined,
    actualCost: undefined,
    costAbove: undefined,
    isTooCostly: undefined,
    reads: undefined,
    isCached: false,
    seen: undefined,
    written: undefined,
    route: undefined,
    isCompiled: false,
    isCompressible: false,
    responseHeaders: undefined,
  }
}

/** The scope of the request in hand. Throws outside of a request. */
export function currentScope(): RequestScope {
  const scope = requestScope.getStore()
  if (!scope) throw new Error('there is no request in hand')
  return scope
}

/**
 * The bounds of the statements of the request in hand. What has begun to write is finished, also where its client has gone:
 * the outcome is kept for the retry.
 */
export function currentBounds(): Bounds | undefined {
  const scope = requestScope.getStore()
  if (!scope) return undefined
  const { deadline, signal } = scope.request
  return { deadline, signal: scope.operation?.operation === 'query' ? signal : undefined }
}

/** A statement listener: counts statements and rows for the request that waits for them. */
export function countStatement(statement: Statement): void {
  const scope = requestScope.getStore()
  if (!scope) return
  scope.statements++
  scope.rows += statement.rows
  keep(scope, statement)
}

/** A listener of failed statements, which are not counted. */
export function keepFailedStatement(statement: Statement): void {
  const scope = requestScope.getStore()
  if (scope) keep(scope, statement)
}

function keep({ sent, trace, mutation }: RequestScope, statement: Statement): void {
  sent?.add(statement, mutation)
  trace?.record(statement)
}

/** Removes from a text the values of tagged inputs of the request in hand. */
export function redactRequestInput(text: string): string {
  return requestScope.getStore()?.input?.redact(text) ?? text
}
