import type { Suspicion } from '../audit/suspicion.ts'
import { type PolicedClient, policedClient } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { ResponseCache } from '../cache/response-cache.ts'
import type { Context, Cursors, WebhookDesk } from '../context.ts'
import type { Database } from '../database/client.ts'
import { followedBy } from '../database/transaction.ts'
import type { Domain } from '../domain.ts'
import { clientError } from '../errors.ts'
import type { EventFeed } from '../events/feed.ts'
import { DataLoaders } from '../graphql/loader.ts'
import { type RequestScope, requestScope } from './request-scope.ts'

export interface ContextParts {
  domain: Domain
  database: Database
  cursors: Cursors
  feed: EventFeed
  webhooks: WebhookDesk
  suspicion: Suspicion
  cache?: ResponseCache | undefined
  /** Replaces the policed client. Only benchmarks use it, to measure what the row policy costs. */
  readsFor?: (database: Database, viewer: Viewer) => PolicedClient
}

export type ContextFor = (viewer: Viewer, scope: RequestScope) => Context

/** Makes the context that resolvers receive, alike on both routes. */
export function contextFactory({
  domain,
  database,
  cursors,
  feed,
  webhooks,
  suspicion,
  cache,
  readsFor = policedBy(domain),
}: ContextParts): ContextFor {
  // A viewer object lives as long as its credential is remembered, and so does its client.
  const clients = new WeakMap<Viewer, PolicedClient>()
  // With a cache the response waits for the events, so that clients read their own writes.
  const transactions = followedBy(database.transactions, () => (cache ? feed.caughtUp() : feed.wake()))
  return (viewer, { request, audit }) => {
    const { requestId, address, headers } = request
    const db = clients.get(viewer) ?? readsFor(database, viewer)
    clients.set(viewer, db)
    return {
      requestId,
      httpRequest: request,
      viewer,
      idempotencyKey: headers.get('idempotency-key') ?? undefined,
      lastEventId: headers.get('last-event-id') || undefined,
      db,
      transactions,
      cursors,
      feed,
      webhooks,
      audit,
      countLookUp: () => {
        const seconds = suspicion.bound('look_ups', { viewer, address, requestId })
        if (seconds !== undefined) throw tooManyLookUps(seconds)
      },
      loaders: new DataLoaders({ db, viewer }),
    }
  }
}

function policedBy({ rowPolicies }: Domain): NonNullable<ContextParts['readsFor']> {
  return ({ client, prepared }, viewer) =>
    policedClient(client, rowPolicies, viewer, {
      prepared,
      // The client serves many requests of its viewer, so the read belongs to the request in hand.
      onRead: (model, operation, args) => requestScope.getStore()?.reads?.record(model, operation, args),
    })
}

function tooManyLookUps(retryAfterSeconds: number) {
  const message = `What others have was asked too often in a short time; try again in ${retryAfterSeconds} s.`
  return clientError('RATE_LIMITED', message, { extensions: { retryAfterSeconds } })
}
