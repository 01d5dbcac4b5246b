import { AsyncLocalStorage } from 'node:async_hooks'
import { OperationRecord } from '../audit/operation-record.ts'
import type { ReadLog } from '../cache/read-log.ts'
import type { Client } from '../http/client.ts'
import type { SensitiveInput } from '../privacy/sensitive-input.ts'

/** What is known of the HTTP request in hand, wherever the code is: for the log line, and to count statements. */
export interface RequestScope {
  readonly requestId: string
  readonly startedAt: number
  /** Who sent it: the address of the peer or, behind trusted proxies, of their client. */
  readonly address: string
  /** What program sent it, by its own word. */
  readonly client: Client
  /** The body of a POST, once it is read. Yoga is not given it: it would list each of its characters. */
  body: string | undefined
  statements: number
  /** Rows the database sent; a nested list arrives inside the row of its parent. */
  rows: number
  cost: number | undefined
  /** What it may cost, where it was refused for being above that. */
  costAbove: number | undefined
  /** What the answer says in its head, known when it is whole. */
  answerHeaders: (() => readonly (readonly [string, string])[]) | undefined
  /** The variables of the operation: coerced, with defaults. */
  variables: Record<string, unknown> | undefined
  /** Whether its document was named by an id, and so is a trusted one. */
  isNamedById: boolean
  /** What is read for it, where its answer may be kept. */
  reads: ReadLog | undefined
  /** Whether the answer had been kept from an earlier request. */
  isCached: boolean
  /** Whether the answer was made by the compiled form of its document. */
  isCompiled: boolean
  /** What of it was needed, once that is known. */
  actualCost: number | undefined
  viewerKind: string | undefined
  /** What it was given in tagged inputs, once its document is parsed. */
  input: SensitiveInput | undefined
  /** For the audit trail. */
  readonly notes: OperationRecord
}

export const requestScope = new AsyncLocalStorage<RequestScope>()

export function newRequestScope(requestId: string, address: string, client: Client): RequestScope {
  return {
    requestId,
    address,
    client,
    startedAt: performance.now(),
    body: undefined,
    statements: 0,
    rows: 0,
    cost: undefined,
    costAbove: undefined,
    variables: undefined,
    isNamedById: false,
    reads: undefined,
    isCached: false,
    isCompiled: false,
    answerHeaders: undefined,
    actualCost: undefined,
    viewerKind: undefined,
    input: undefined,
    notes: new OperationRecord(),
  }
}
