import type { GraphQLSchema } from 'graphql'
import type { Suspicion } from '../audit/suspicion.ts'
import { type PolicedClient, policedClient, type ReadsOfServer } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { Context, Cursors, ExportDesk, PersonDesk, WebhookDesk } from '../context.ts'
import { askedBy, askingField } from '../database/asking-field.ts'
import type { Database } from '../database/client.ts'
import { CallerGone } from '../database/failure.ts'
import { ReadRoute } from '../database/read-route.ts'
import type { ReadDemand } from '../database/replicas.ts'
import type { Transactions } from '../database/transaction.ts'
import { laterOf, type SeenPosition } from '../database/wal-position.ts'
import type { Domain } from '../domain.ts'
import { clientError, codeOf, publicError } from '../errors.ts'
import type { EventFeed } from '../events/feed.ts'
import { pageLimits } from '../graphql/keyset.ts'
import { DataLoaders } from '../graphql/loader.ts'
import type { ExchangeRequest } from '../http/exchange.ts'
import type { RemoteServices } from '../services/remote-services.ts'
import { refuseOwnTables, withoutRecord } from './reading-only.ts'
import { type RequestScope, requestScope } from './request-scope.ts'

export interface ContextParts {
  schema: GraphQLSchema
  domain: Domain
  database: Database
  cursors: Cursors
  feed: EventFeed
  webhooks: WebhookDesk
  exports: ExportDesk
  persons: PersonDesk
  services: RemoteServices
  suspicion: Suspicion
  /** The largest page of a list. */
  largestPage: number
  /** Whether the database can only be read. */
  isReadingOnly?: boolean
  /** Whether reads of tagged fields that the audit trail cannot have are in the log instead. */
  hasAuditInLog?: boolean
  cache?: ResponseCache | undefined
  /** Replaces the policed client. Only benchmarks use it, to measure what the row policy costs. */
  readsFor?: (reads: ReadsOfServer, viewer: Viewer) => PolicedClient
}

export type ContextFor = (viewer: Viewer, scope: RequestScope) => Context

/** Makes the context that resolvers receive, alike on both routes. */
export function contextFactory({
  schema,
  domain,
  database,
  cursors,
  feed,
  webhooks,
  exports,
  persons,
  services,
  suspicion,
  largestPage,
  isReadingOnly = false,
  hasAuditInLog = false,
  cache,
  readsFor = policedBy(domain, database.client, isReadingOnly),
}: ContextParts): ContextFor {
  // A viewer object lives as long as its credential is remembered, and so does its client.
  const clients = new WeakMap<ReadsOfServer, WeakMap<Viewer, PolicedClient>>()
  const clientFor = (reads: ReadsOfServer, viewer: Viewer): PolicedClient => {
    const ofReads = clients.get(reads) ?? new WeakMap<Viewer, PolicedClient>()
    clients.set(reads, ofReads)
    const db = ofReads.get(viewer) ?? readsFor(reads, viewer)
    ofReads.set(viewer, db)
    return db
  }
  const { replicas } = database
  const pageLimitsUpTo = (most: number) => ({ fallback: Math.min(pageLimits.fallback, most), most })
  const ownPageLimits = pageLimitsUpTo(largestPage)
  return (viewer, scope) => {
    const { request, audit, export: exported } = scope
    const { requestId, address, headers } = request
    if (replicas && !exported) scope.route ??= new ReadRoute(database, replicas, () => demandOf(scope))
    const db = clientFor(exported?.snapshot ?? database.primary, viewer)
    const remote = services.forRequest(request, scope)
    return {
      requestId,
      httpRequest: request,
      viewer,
      idempotencyKey: headers.get('idempotency-key') ?? undefined,
      lastEventId: headers.get('last-event-id') || undefined,
      db,
      transactions: transactionsOf({ database, feed, cache }, (position) => {
        scope.written = scope.written ? laterOf(scope.written, position) : position
      }),
      readFromPrimary: () => scope.route?.usePrimary(),
      beginMutation: (name, key) => {
        scope.mutation = key
        const end = scope.trace?.beginMutation(name)
        return (error) => {
          scope.mutation = undefined
          end?.(error === undefined ? undefined : codeOf(publicError(error)))
        }
      },
      whileIdle: (event) => whileIdle(request, event),
      hasSeenWrites: scope.seen !== undefined,
      cursors,
      feed,
      webhooks,
      exports,
      persons,
      audit: isReadingOnly && !hasAuditInLog ? withoutRecord(audit) : audit,
      schema,
      pageLimits: request.agent ? pageLimitsUpTo(Math.min(request.agent.pageSize, largestPage)) : ownPageLimits,
      isDryRun: request.agent?.isDryRun ?? false,
      exportPage: exported?.page,
      countLookUp: () => {
        const seconds = suspicion.bound('look_ups', { viewer, address, requestId })
        if (seconds !== undefined) throw tooManyLookUps(seconds)
      },
      loaders: new DataLoaders({ db, viewer, remote }),
      remote,
    }
  }
}

async function whileIdle<T>(request: ExchangeRequest, event: Promise<T>): Promise<T> {
  const since = performance.now()
  request.place?.pause()
  try {
    return await orGone(request.signal, event)
  } finally {
    request.place?.resume()
    request.deadline += performance.now() - since
  }
}

async function orGone<T>(signal: AbortSignal | undefined, event: Promise<T>): Promise<T> {
  if (!signal) return event
  if (signal.aborted) throw new CallerGone()
  return new Promise((resolve, reject) => {
    const leave = () => reject(new CallerGone())
    signal.addEventListener('abort', leave, { once: true })
    event.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

/**
 * Only plain queries read from replicas. A mutation reads what it wrote; an event is read with everything that was there
 * when it was told; a response that is cached now must show every write that was reported before; and an agent sends no
 * token of what it wrote.
 */
function demandOf({ operation, event, viewer, reads, seen, request }: RequestScope): ReadDemand | 'primary' {
  const isPlainQuery = operation?.operation === 'query' && !event && !viewer && !reads && !request.agent
  return isPlainQuery ? { after: seen } : 'primary'
}

/** Transactions behind each of which, also behind a commit of unknown outcome, its events are looked for. */
export function transactionsOf(
  { database, feed, cache }: Pick<ContextParts, 'database' | 'feed' | 'cache'>,
  onWritten?: (position: SeenPosition) => void,
): Transactions {
  return {
    run: async (write) => {
      try {
        return await database.transactions.run(write, onWritten)
      } finally {
        // With a cache the response waits for the events, so that clients read their own writes.
        await (cache ? feed.caughtUp() : feed.wake())
      }
    },
  }
}

function policedBy(
  { rowPolicies }: Domain,
  client: Database['client'],
  isReadingOnly: boolean,
): NonNullable<ContextParts['readsFor']> {
  return (source, viewer) =>
    policedClient(client, rowPolicies, viewer, {
      // The client serves many requests of its viewer, so the read belongs to the request in hand.
      onRead: (model, operation, args) => {
        if (isReadingOnly) refuseOwnTables(model)
        requestScope.getStore()?.reads?.record(model, operation, args)
      },
      readAt: (read) => {
        const route = requestScope.getStore()?.route
        if (!route) return read(source)
        // It may wait for a replica.
        const field = askingField()
        return route.run((server) => askedBy(field, () => read(server)))
      },
    })
}

function tooManyLookUps(retryAfterSeconds: number) {
  const message = `What others have was asked too often in a short time; try again in ${retryAfterSeconds} s.`
  return clientError('RATE_LIMITED', message, { extensions: { retryAfterSeconds } })
}
