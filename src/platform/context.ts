import type { GraphQLSchema } from 'graphql'
import type { z } from 'zod'
import type { Prisma } from '../generated/prisma/client.ts'
import type { AuditOutcome, BulkExportCompression, BulkExportFormat } from '../generated/prisma/enums.ts'
import type { PolicedClient } from './auth/row-policy.ts'
import type { Viewer } from './auth/viewer.ts'
import type { Model, Row } from './database/data-model.ts'
import type { Transaction, Transactions } from './database/transaction.ts'

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
  /** Further reads of this request go to the primary: call it where they must be as new as the feed of events. */
  readFromPrimary: () => void
  /**
   * Waits for an event. Meanwhile the request takes no place among those that run, and its deadline does not come nearer. It
   * fails with CANCELLED where its client goes.
   */
  whileIdle: <T>(event: Promise<T>) => Promise<T>
  /** Whether the client sent a consistency token: it has seen a write, perhaps one of another process. */
  hasSeenWrites: boolean
  /** Tells that a mutation begins, by its name and response key. Call the result when it has ended. */
  beginMutation: (name: string, key: string) => (error?: unknown) => void
  loaders: Loaders
  remote: RemoteCalls
  cursors: Cursors
  feed: Feed
  webhooks: WebhookDesk
  exports: ExportDesk
  persons: PersonDesk
  audit: OperationAudit
  /** Of the endpoint. */
  schema: GraphQLSchema
  /** How long a page of a list is. */
  pageLimits: { readonly fallback: number; readonly most: number }
  /** Whether mutations do their work only to see whether they can: nothing of it stays. */
  isDryRun: boolean
  /** The page of an export that this request reads; undefined for any other request. */
  exportPage: ExportPage | undefined
  /** Call it before an answer that reveals another viewer's data; throws RATE_LIMITED above the limit a minute. */
  countLookUp: () => void
}

/** What a loader's batch receives: it reads through the row policy like a resolver. */
export type LoaderContext = Pick<Context, 'db' | 'viewer' | 'remote'>

/** Loads the values of many keys in one statement; a key without a value gets the fallback, and an error is thrown. */
export interface LoaderDefinition<Key, Value> {
  batch: (keys: readonly Key[], context: LoaderContext) => Promise<ReadonlyMap<Key, Value | Error>>
  fallback: Value
}

/** The DataLoaders of one request. */
export interface Loaders {
  load<Key, Value>(definition: LoaderDefinition<Key, Value>, key: Key): Promise<Value>
  /** Drops everything loaded so far, because a mutation has written. */
  forget(): void
}

/** Another service. Its settings begin with its name in capitals: `NAME_URL`, `NAME_TOKEN`, `NAME_TIMEOUT_MS`. */
export interface RemoteSource {
  /** A noun, in lower case with underscores. */
  readonly name: string
  /** What it is, for the description of its settings: `the service that …`. */
  readonly about: string
  /** How long a call may take by default, with its retries, in milliseconds. */
  readonly timeoutMs: number
  /** How many calls of one process may be under way. */
  readonly parallel: number
  /** Headers of the client that the service receives, in lower case: `authorization`. Values are then not cached. */
  readonly passesOn?: readonly string[]
}

/** What a service is asked. A call reads, and is repeated where it fails, unless it has an idempotency key. */
export interface RemoteCall<Answer> {
  readonly method: 'GET' | 'POST'
  /** Segments behind the base URL, not encoded. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** The key of a call that writes. It is sent as `Idempotency-Key`, and the call is tried once. */
  readonly idempotencyKey?: string
  readonly answer: z.ZodType<Answer>
  /** The answer that the status 404 stands for; undefined where 404 is a refusal. */
  readonly absent?: Answer
}

/** Values by key that a service has. They are cached for as long as its Cache-Control says. */
export interface RemoteValues<Value> {
  readonly source: RemoteSource
  /** The most keys of one call. */
  readonly atOnce: number
  many(keys: readonly string[]): RemoteCall<ReadonlyMap<string, Value>>
  /** Asks for one key, where the service has another call for that. */
  one?(key: string): RemoteCall<Value | null>
}

/**
 * Calls of one request to other services. What fails is UPSTREAM_UNAVAILABLE or UPSTREAM_INVALID, and all end within the
 * time that the request has for them.
 */
export interface RemoteCalls {
  call<Answer>(source: RemoteSource, call: RemoteCall<Answer>): Promise<Answer>
  /** For each key its value, null where the service has none, or the error. */
  values<Value>(values: RemoteValues<Value>, keys: readonly string[]): Promise<Map<string, Value | null | Error>>
  /** Drops a cached value of this process, because it has changed. */
  forget<Value>(values: RemoteValues<Value>, key: string): void
}

export type SortValue = string | number | bigint | boolean | Date | Prisma.Decimal | null

/** A position in a sorted list: the values of a row in the columns of the order, which together are unique. */
export type Position = readonly SortValue[]

export interface Cursors {
  encode(list: string, position: Position): string
  /** Throws INVALID_CURSOR. */
  decode(list: string, cursor: string): Position
}

/** The part of an event that tells its place in the feed, and what it is about. */
export interface EventHead {
  /** From 1, without gaps. The events of one row stand in the order in which they happened. */
  readonly position: number
  /** A UUID. */
  readonly id: string
  readonly topic: string
  readonly aggregateType: string
}

/** An event with its place in the feed. */
export interface FeedEvent extends EventHead {
  readonly version: number
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
  /** The same, for those that need no more of the events: while nobody listens for whole events, none are read. */
  onHeads?(heads: readonly EventHead[]): void
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
  /** Throws where events cannot be read: for now, or at all. */
  requireOpen(): void
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

/**
 * One page of an export. The list at the root reads it instead of the page that its arguments ask for, and lists below are
 * whole unless they say `first`.
 */
export interface ExportPage {
  /** The cursor behind which it begins; undefined at the beginning of the list. */
  readonly after: string | undefined
  /** How many rows it may have. */
  readonly size: number
  /** How many the page behind it may have. */
  sizeBehind: number
  /** Its rows, where the page before has read them ahead. They are used once: an operation that is executed again reads. */
  ahead: RowsAhead | undefined
  /** The page behind it; null at the end of the list, undefined while it is not read. */
  next: ExportPage | null | undefined
}

/** Nodes of an exported list as NDJSON. */
export interface Lines {
  readonly bytes: Buffer
  /** How many rows are in it, those of lists below too. */
  readonly rows: number
}

interface RowsAhead {
  readonly rows: Promise<Row[]>
  /** Whether they have only the columns that a compiled operation needs. */
  readonly isCompiled: boolean
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

/** What mutations and fields of exports ask. */
export interface ExportDesk {
  /** Why an operation cannot be exported in this format; undefined where it can. */
  refusalOf(operation: OwnOperation, format: BulkExportFormat): Promise<string | undefined>
  /** Lets the export with this UUID run once the transaction is committed. */
  enqueue(id: string, tx: Transaction): Promise<void>
  /** A link to the file, which is good for some minutes, for everyone who has it. */
  linkTo(file: ExportFile, forWhom: Pick<Context, 'viewer' | 'requestId'>): Promise<string>
}

/** The file of an export. */
export interface ExportFile {
  /** The UUID of the export. */
  readonly id: string
  /** What the store calls it. */
  readonly name: string
  readonly format: BulkExportFormat
  readonly compression: BulkExportCompression
}

/** The archive of a request as its store knows it. */
export interface ArchiveFile {
  readonly name: string
  readonly bytes: number
}

/** What mutations and fields of requests about people ask. */
export interface PersonDesk {
  /** Whether the server has a key to encrypt values that are held out of use. */
  readonly canHold: boolean
  /** How long an erasure can be taken back, in milliseconds. */
  readonly erasureDelayMs: number
  /** Lets the request with this UUID run once the transaction is committed, or later. */
  enqueue(id: string, tx: Transaction, startAfter?: Date): Promise<void>
  /** A link to the archive of an export, which is good for some minutes, for everyone who has it. */
  linkTo(archive: { id: string; file: ArchiveFile }, forWhom: Pick<Context, 'viewer' | 'requestId'>): Promise<string>
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

/** Whom a denial concerns: a row by the text of its key, other objects by their public ids. */
export interface DenialSubject {
  type: string | undefined
  row?: string | undefined
  ids?: string[]
}

/** Collects for the audit trail what one operation reads, is denied and changes. */
export interface OperationAudit {
  /** A tagged field gave a value of the row with this text of its key. Called once per field and row, so it must be cheap. */
  read(subjectType: string | undefined, row: string | undefined, field: string): void
  denied(subject: DenialSubject, field: string, code: string): void
  /** A mutation ended without a write of its own: replayed, refused, denied or failed. */
  mutation(action: AuditAction): void
}
