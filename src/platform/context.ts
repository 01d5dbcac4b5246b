import type { AuditOutcome } from '../generated/prisma/enums.ts'
import type { PolicedClient } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { Model } from './database/data-model.ts'
import type { Transactions } from './database/transaction.ts'

/** What a resolver receives about the request it works for. */
export interface Context {
  requestId: string
  /** The HTTP request. Both routes of the endpoint pass the same object, so it identifies the request. */
  httpRequest: object
  viewer: Viewer
  /** The Idempotency-Key header, unchanged. */
  idempotencyKey: string | undefined
  /** The Last-Event-ID header: the position of the last event that the client received over this stream. */
  lastEventId: string | undefined
  /** Reads, through the viewer's row policy. */
  db: PolicedClient
  /** Writes, for mutations only: a resolver that reads here bypasses the row policy. */
  transactions: Transactions
  loaders: Loaders
  cursors: Cursors
  feed: Feed
  webhooks: WebhookDesk
  audit: OperationAudit
  /** Call it before an answer that reveals another viewer's data; throws RATE_LIMITED above the limit a minute. */
  countLookUp: () => void
}

/** What a loader's batch receives: it reads through the row policy like a resolver. */
export type LoaderContext = Pick<Context, 'db' | 'viewer'>

/** Loads the values of many keys in one statement; a key without a value gets the fallback. */
export interface LoaderDefinition<Key, Value> {
  batch: (keys: readonly Key[], context: LoaderContext) => Promise<ReadonlyMap<Key, Value>>
  fallback: Value
}

/** The DataLoaders of one request. */
export interface Loaders {
  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value>
  /** Drops everything loaded so far, because a mutation has written. */
  forget(): void
}

export type SortValue = string | number | bigint | Date

/** A position in a sorted list: the value of the sort's column in that row, and its unique last column. */
export interface Position {
  value: SortValue
  id: string
}

export interface Cursors {
  encode(list: string, position: Position): string
  /** Throws INVALID_CURSOR. */
  decode(list: string, cursor: string): Position
}

/** An event with its place in the feed. */
export interface FeedEvent {
  /** From 1, without gaps. The events of one row stand in the order in which they happened. */
  readonly position: number
  /** A UUID. */
  readonly id: string
  readonly topic: string
  readonly version: number
  readonly aggregateType: string
  readonly aggregateKey: string
  readonly ownerType: string | null
  readonly ownerKey: string | null
  readonly sequence: number
  readonly actorKind: string
  readonly occurredAt: Date
  readonly payload: Readonly<Record<string, unknown>>
}

/** Which events; all conditions must hold. A condition that is null or undefined holds for every event. */
export interface EventFilter {
  topics?: readonly string[] | null | undefined
  /** Rows that they happened to, by model and keys; without keys, every row of the model. */
  aggregate?: { type: Model; keys?: readonly string[] | null | undefined } | undefined
  /** Rows that own them. */
  owner?: { type: Model; keys: readonly string[] } | undefined
}

/** The ends of the kept feed. */
export interface FeedBounds {
  /** The highest position that was delivered here. */
  readonly last: number
  /** The id of its event; undefined where that is not kept. */
  readonly lastId: string | undefined
  /** The highest position whose event is no longer kept. */
  readonly dropped: number
}

export interface FeedListener {
  onEvents?(events: readonly FeedEvent[]): void
  /** From here on every event arrives. */
  onOpen?(): void
  /** Events do not arrive now. They are delivered once the connection is back. */
  onClose?(): void
  /** No more events arrive. */
  onStop?(): void
}

/** The events of all transactions, in order, as they are committed. */
export interface Feed {
  readonly isOpen: boolean
  readonly bounds: FeedBounds
  /** Adds a listener. Returns what removes it. */
  listen(listener: FeedListener): () => void
  /** Resolves once every event that was committed before the call is delivered, or the connection is lost. */
  caughtUp(): Promise<void>
  /** Resolves once every event that this process has committed before the call is delivered. */
  settled(): Promise<void>
  /** What was delivered behind a position; undefined where that is no longer all in memory. */
  recentAfter(position: number): readonly FeedEvent[] | undefined
  /** The id of the event at a position; undefined where there is none. */
  idAt(position: number): Promise<string | undefined>
}

/** What mutations of webhooks ask. */
export interface WebhookDesk {
  /** Encrypts secrets for the database; undefined where the server has no key for it. */
  readonly sealer: { seal(text: string): Uint8Array<ArrayBuffer> } | undefined
  /** The viewer that an API key stands for, by the UUID of the key; undefined where it has ended. */
  viewerOf(apiKeyId: string): Promise<Viewer | undefined>
  /** Why the server would not send to a URL; undefined where it would. */
  urlRefusal(url: string): Promise<string | undefined>
  /** The events that a subscription follows, or why it is refused. */
  filterOf(operation: OwnOperation): Promise<EventFilter | { refusal: string }>
}

/** An operation that the server runs for a viewer, without a request of theirs. */
export interface OwnOperation {
  viewer: Viewer
  document: string
  variables: unknown
}

/** What an operation did, as an audit entry shows it: names, ids and codes, never values. */
export interface AuditAction {
  action: string
  outcome: AuditOutcome
  subjectType?: string | undefined
  subjectIds?: Iterable<string>
  fields?: Iterable<string>
  codes?: Iterable<string>
}

/** Whom a denial concerns: a row by its UUID, other objects by their public ids. */
export interface DenialSubject {
  type: string | undefined
  row?: string | undefined
  ids?: string[]
}

/** Collects for the audit trail what one operation reads, is denied and changes. */
export interface OperationAudit {
  /** A tagged field gave a value of this row (a UUID). Called once per field and row, so it must be cheap. */
  read(subjectType: string | undefined, row: string | undefined, field: string): void
  denied(subject: DenialSubject, field: string, code: string): void
  /** A mutation ended without a write of its own: replayed, refused, denied or failed. */
  mutation(action: AuditAction): void
}
