import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import type { WebhookDeliveryState } from '../../generated/prisma/enums.ts'
import type { FeedEvent } from '../context.ts'
import type { KeptRows } from '../database/retention-rule.ts'
import type { Transaction } from '../database/transaction.ts'
import { eventColumns, eventsAt, feedEvents } from '../events/event.ts'
import type { Reply } from './post.ts'

/** The API key of a webhook. */
export const ownKey = z.object({
  id: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.coerce.date(),
  isEnded: z.boolean(),
})
export type OwnKey = z.infer<typeof ownKey>

/** The same in SQL, of the table `k`. */
export const ownKeyColumn = Prisma.sql`
  jsonb_build_object('id', k.uid, 'scopes', k.scope_cds, 'expiresAt', k.expires_ts,
    'isEnded', k.revoked_ts is not null or k.expires_ts <= now()) as "key"`

/** A webhook as a visit needs it. */
const visited = z.object({
  id: z.string(),
  url: z.string(),
  document: z.string().nullable(),
  variables: z.unknown(),
  isOrdered: z.boolean(),
  /** Sealed. */
  secrets: z.array(z.instanceof(Uint8Array)),
  isDisabled: z.boolean(),
  failures: z.number(),
  pausedForMs: z.number(),
  key: ownKey,
})
export type VisitedWebhook = z.infer<typeof visited>

const due = z.object({
  id: z.string(),
  /** Null for a test. */
  position: z.coerce.number().nullable(),
  tries: z.number(),
  begunAt: z.date(),
})
export type DueDelivery = z.infer<typeof due>

const safe = z.tuple([z.object({ position: z.coerce.number(), id: z.string().nullable() })])
const wait = z.tuple([z.object({ isPending: z.boolean(), milliseconds: z.number().nullable() })])

/** Undefined where it was deleted. */
export async function readWebhook(tx: Transaction, id: string): Promise<VisitedWebhook | undefined> {
  const [webhook] = z.array(visited).parse(
    await tx.$queryRaw`
    select w.uid as "id", w.hook_url as "url", w.gql_txt as "document", w.gql_vars as "variables",
           w.ordered_flg as "isOrdered", w.disabled_ts is not null as "isDisabled", w.failures_nr as "failures",
           array_remove(array[w.secret_enc, case when w.prev_until_ts > now() then w.prev_secret_enc end], null) as "secrets",
           coalesce(extract(epoch from w.paused_until_ts - now()) * 1000, 0)::float8 as "pausedForMs",
           ${ownKeyColumn}
    from platform.pf_webhook w join platform.pf_api_key k on k.uid = w.key_uid where w.uid = ${id}::uuid`,
  )
  return webhook
}

interface DueOptions {
  /** Deliveries under way. */
  except: readonly string[]
  limit: number
  /** Tests are sent also while the webhook is paused. */
  onlyTests: boolean
}

/**
 * The oldest deliveries that are due, tests before events. In order, a delivery waits for the earlier ones of its row. The
 * indexes give both orders, so that a long queue is not read to its end.
 */
export async function readDue(
  tx: Transaction,
  { id, isOrdered }: VisitedWebhook,
  { except, limit, onlyTests }: DueOptions,
): Promise<DueDelivery[]> {
  const dueOf = (which: Prisma.Sql) => Prisma.sql`
    (select uid as "id", feed_pos as "position", tries_nr as "tries", begun_ts as "begunAt"
     from platform.pf_webhook_delivery d
     where hook_uid = ${id}::uuid and state_cd = 'PENDING' and next_ts <= now() and uid <> all(${except}::uuid[])
       and ${which}
     order by feed_pos limit ${limit})`
  // Sorted by all columns of one index: no other one gives the first delivery of a row without reading them all.
  const isNext = Prisma.sql`
    and feed_pos = (
      select e.feed_pos from platform.pf_webhook_delivery e
      where e.hook_uid = d.hook_uid and e.agg_type = d.agg_type and e.agg_key = d.agg_key and e.state_cd = 'PENDING'
      order by e.hook_uid, e.agg_type, e.agg_key, e.feed_pos limit 1)`
  const tests = dueOf(Prisma.sql`feed_pos is null`)
  const events = dueOf(Prisma.sql`feed_pos is not null ${isOrdered ? isNext : Prisma.empty}`)
  const found = onlyTests ? tests : Prisma.sql`${tests} union all ${events} limit ${limit}`
  return z.array(due).parse(await tx.$queryRaw(found))
}

/** When the next delivery is due, in milliseconds from now; undefined where none is pending. What is due now does not count. */
export async function readWait(tx: Transaction, { id, pausedForMs }: VisitedWebhook): Promise<number | undefined> {
  const [{ isPending, milliseconds }] = wait.parse(
    await tx.$queryRaw`
      select count(*) > 0 as "isPending",
             (extract(epoch from min(next_ts) filter (where next_ts > now()) - now()) * 1000)::float8 as "milliseconds"
      from platform.pf_webhook_delivery where hook_uid = ${id}::uuid and state_cd = 'PENDING'`,
  )
  if (isPending && pausedForMs > 0) return pausedForMs
  return milliseconds ?? undefined
}

/** The events of deliveries, by their positions. Events that are no longer kept are missing. */
export async function readEvents(tx: Transaction, due: readonly DueDelivery[]): Promise<Map<number, FeedEvent>> {
  const positions = due.flatMap(({ position }) => position ?? [])
  const events = feedEvents.parse(
    await tx.$queryRaw`
      select ${Prisma.raw(eventColumns)} ${eventsAt(Prisma.sql`select unnest(${positions}::bigint[])`)}`,
  )
  return new Map(events.map((event) => [event.position, event]))
}

/**
 * The position up to which the receiver has everything, or it was given up, once it accepts this delivery. The id is null
 * where that event is no longer kept.
 */
export async function readSafePosition(tx: Transaction, webhookId: string, deliveryId: string) {
  const [found] = safe.parse(
    await tx.$queryRaw`
      select p.position, o.uid as "id"
      from (select least(w.taken_pos, (
              select min(feed_pos) - 1 from platform.pf_webhook_delivery
              where hook_uid = w.uid and state_cd = 'PENDING' and uid <> ${deliveryId}::uuid)) as position
            from platform.pf_webhook w where w.uid = ${webhookId}::uuid) p
      left join lateral (select uid ${eventsAt(Prisma.sql`select p.position`)}) o on true`,
  )
  return found
}

const askedAgain = Prisma.sql`
  state_cd = 'PENDING', tries_nr = 0, begun_ts = now(), next_ts = now(), ended_ts = null`

/** Asks again for what failed, or for these of it. */
export async function askAgain(tx: Transaction, webhookId: string, ids: readonly string[] | undefined): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_webhook_delivery set ${askedAgain}
    where hook_uid = ${webhookId}::uuid and state_cd = 'FAILED' and feed_pos is not null
      ${ids ? Prisma.sql`and uid = any(${ids}::uuid[])` : Prisma.empty}`
}

interface NewDelivery {
  webhookId: string
  event: FeedEvent
}

/** Adds deliveries. One that has ended before is sent again, under the same id. */
export async function addDeliveries(tx: Transaction, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return
  const rows = deliveries.map(({ webhookId, event }) => ({
    hook: webhookId,
    event: event.id,
    position: event.position,
    topic: event.topic,
    type: event.aggregateType,
    key: event.aggregateKey,
  }))
  await tx.$executeRaw`
    insert into platform.pf_webhook_delivery as d (uid, hook_uid, event_uid, feed_pos, topic_nm, agg_type, agg_key)
    select md5(r.hook || r.event)::uuid, r.hook::uuid, r.event::uuid, r.position, r.topic, r.type, r.key
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(hook text, event text, position bigint, topic text, type text, key text)
    on conflict (uid) do update set ${askedAgain} where d.state_cd <> 'PENDING'`
}

const keptDays = 30

/** The history of ended deliveries. */
export const keptDeliveries: KeptRows = {
  name: 'deliveries to webhooks',
  keep: `${keptDays} days`,
  table: 'platform.pf_webhook_delivery',
  isOver: Prisma.sql`created_ts < now() - make_interval(days => ${keptDays}) and state_cd <> 'PENDING'`,
}

/** What becomes of a delivery. */
export interface Verdict {
  state: WebhookDeliveryState
  /** When a pending one is tried again, in milliseconds from now. */
  waitMs: number
}

interface Attempt {
  reply: Reply
  at: Date
  durationMs: number
}

/** Stores a verdict, with the attempt that led to it: none where there was nothing to send. */
export async function storeVerdict(
  tx: Transaction,
  { id }: DueDelivery,
  { state, waitMs }: Verdict,
  attempt?: Attempt,
): Promise<void> {
  const settled = Prisma.sql`
    update platform.pf_webhook_delivery
    set state_cd = ${state}::platform.pf_delivery_state_t, tries_nr = tries_nr + 1,
        attempts_nr = attempts_nr + ${attempt ? 1 : 0}, next_ts = now() + ${waitMs}::float8 * interval '1 millisecond',
        ended_ts = ${state === 'PENDING' ? Prisma.sql`null` : Prisma.sql`now()`}
    where uid = ${id}::uuid`
  if (!attempt) {
    await tx.$executeRaw(settled)
    return
  }
  const { reply, at, durationMs } = attempt
  await tx.$executeRaw`
    with settled as (${settled} returning attempts_nr)
    insert into platform.pf_webhook_attempt (delivery_uid, attempt_nr, at_ts, duration_ms, http_status, outcome_cd)
    select ${id}::uuid, attempts_nr, ${at}, ${durationMs}, ${reply.status ?? null}::int,
           ${reply.outcome}::platform.pf_attempt_outcome_t
    from settled`
}
