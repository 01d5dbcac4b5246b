import type { Prisma } from '../../generated/prisma/client.ts'
import type { Context, Feed, FeedEvent } from '../context.ts'
import { clientError } from '../errors.ts'
import { feedEvents } from './event.ts'
import { whereOf } from './event-filter.ts'
import type { EventPolicy } from './event-policy.ts'
import { feedUnavailable } from './feed.ts'
import { decodePosition, endOf, type FeedPosition, requireKept, startOf } from './position.ts'

export interface ChangesArguments {
  /** A position, `now`, or undefined for the oldest event. */
  after?: string | null | undefined
  first: number
  topics?: readonly string[] | null | undefined
  /** How long to wait for an event, in seconds. */
  wait: number
}

export interface Changes {
  events: readonly FeedEvent[]
  /** Behind everything that was looked at, shown or not. */
  end: FeedPosition
  hasMore: boolean
}

export const pageSize = { fallback: 100, most: 1000 } as const
export const longestWait = 30
/** How many events one page looks at, seen by the viewer or not. */
const longestScan = 20_000

const fields = {
  position: true,
  id: true,
  topic: true,
  version: true,
  aggregateType: true,
  aggregateKey: true,
  ownerType: true,
  ownerKey: true,
  sequence: true,
  actorKind: true,
  occurredAt: true,
  payload: true,
} as const

/** The events behind a position that the viewer sees. Without any it waits for one. */
export async function readChanges(
  args: ChangesArguments,
  context: Pick<Context, 'db' | 'viewer' | 'cursors' | 'feed' | 'readFromPrimary' | 'whileIdle' | 'hasSeenWrites'>,
  policy: EventPolicy,
): Promise<Changes> {
  requireInRange(args)
  const { feed, viewer } = context
  feed.requireOpen()
  const sees = (event: FeedEvent) => (args.topics?.includes(event.topic) ?? true) && policy.sees(viewer, event)
  const deadline = performance.now() + args.wait * 1000
  // A replica may lack events that the feed has told.
  context.readFromPrimary()
  // A client reads the events of its own mutations at once.
  await (context.hasSeenWrites ? feed.caughtUp() : feed.settled())
  let from = await startFrom(args.after, context)
  for (;;) {
    const changes = await pageFrom(from, { first: args.first, where: whereOf(args) }, context)
    from = changes.end
    const left = deadline - performance.now()
    if (changes.events.length > 0 || changes.hasMore || left <= 0) return changes
    if (!(await context.whileIdle(eventArrives(feed, from.position, sees, left)))) return changes
  }
}

function requireInRange({ first, wait }: ChangesArguments): void {
  if (first < 0 || first > pageSize.most)
    throw clientError('INVALID_PAGE_SIZE', `\`first\` is from 0 to ${pageSize.most}.`)
  if (wait < 0 || wait > longestWait)
    throw clientError('BAD_USER_INPUT', `\`wait\` is from 0 to ${longestWait} seconds.`)
}

/** The position that a client names: an encoded one, `now`, or the oldest event. */
export async function startFrom(
  after: string | null | undefined,
  { feed, cursors }: Pick<Context, 'feed' | 'cursors'>,
): Promise<FeedPosition> {
  if (after == null) return startOf(feed.bounds)
  if (after === 'now') {
    await feed.caughtUp()
    return endOf(feed.bounds)
  }
  const position = decodePosition(cursors, after)
  await requireKept(feed, position)
  return position
}

/** Stored events behind a position that the viewer sees and that match. */
export async function pageFrom(
  from: FeedPosition,
  { first, where }: { first: number; where: Prisma.PlacedEventWhereInput },
  { db, feed }: Pick<Context, 'db' | 'feed'>,
): Promise<Changes> {
  // Every event up to here is visible, so none can appear below it later.
  const end = endOf(feed.bounds)
  if (end.position <= from.position) return { events: [], end: from, hasMore: false }
  const window = await windowFrom(from, end, feed)
  const start = BigInt(from.position)
  const rows = await db.placedEvent.findMany({
    where: { ...where, runPosition: { gt: start }, position: { gt: start, lte: BigInt(window.position) } },
    orderBy: [{ runPosition: 'asc' }, { written: 'asc' }],
    take: first + 1,
    select: fields,
  })
  const events = feedEvents.parse(rows.slice(0, first))
  const isFull = rows.length > first
  return {
    events,
    end: isFull ? (events.at(-1) ?? from) : window,
    hasMore: isFull || window.position < end.position,
  }
}

/** The end of what one page looks at: a viewer who sees few events costs no scan of the whole feed. */
async function windowFrom(from: FeedPosition, end: FeedPosition, feed: Feed): Promise<FeedPosition> {
  const position = from.position + longestScan
  if (position >= end.position) return end
  const id = await feed.idAt(position)
  if (id === undefined) throw feedUnavailable()
  return { position, id }
}

/** Resolves to whether an event behind the position that matches has arrived in time. */
function eventArrives(
  feed: Feed,
  behind: number,
  matches: (event: FeedEvent) => boolean,
  milliseconds: number,
): Promise<boolean> {
  if (feed.bounds.last > behind) return Promise.resolve(true)
  return new Promise((resolve) => {
    const end = (arrived: boolean) => {
      clearTimeout(timer)
      leave()
      resolve(arrived)
    }
    const timer = setTimeout(() => end(false), milliseconds)
    const leave = feed.listen({
      onEvents: (events) => events.some(matches) && end(true),
      onClose: () => end(false),
      onStop: () => end(false),
    })
  })
}
