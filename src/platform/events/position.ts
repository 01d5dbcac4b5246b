import type { Cursors, Feed, FeedBounds, FeedEvent } from '../context.ts'
import { clientError } from '../errors.ts'

/** A place in the feed: behind an event, or before the first one. */
export interface FeedPosition {
  readonly position: number
  /** The UUID of the event: the same position of another history has another event. */
  readonly id: string
}

const list = 'events'
const beforeAll: FeedPosition = { position: 0, id: '00000000-0000-0000-0000-000000000000' }

/**
 * The text of a position, for clients: authenticated, and valid on every replica. Positions are data of the database, and
 * not its transaction ids, so they stay good in a restored copy.
 */
export function encodePosition(cursors: Cursors, { position, id }: FeedPosition): string {
  return cursors.encode(list, [position, id])
}

/** The same, made once for an event that many streams tell of. */
export function positionTexts(cursors: Cursors): (event: FeedEvent) => string {
  const made = new WeakMap<FeedEvent, string>()
  return (event) => {
    const text = made.get(event) ?? encodePosition(cursors, event)
    made.set(event, text)
    return text
  }
}

/** Throws INVALID_CURSOR. */
export function decodePosition(cursors: Cursors, text: string): FeedPosition {
  const [position, id] = decode(cursors, text)
  if (typeof position === 'number' && typeof id === 'string') return { position, id }
  throw unknownPosition()
}

/** The end of what was delivered here. */
export function endOf({ last, lastId }: FeedBounds): FeedPosition {
  return lastId === undefined ? { ...beforeAll, position: last } : { position: last, id: lastId }
}

/** The position before the oldest event that is kept. */
export function startOf({ dropped }: FeedBounds): FeedPosition {
  return { ...beforeAll, position: dropped }
}

function decode(cursors: Cursors, text: string) {
  try {
    return cursors.decode(list, text)
  } catch {
    throw unknownPosition()
  }
}

function unknownPosition() {
  return clientError(
    'INVALID_CURSOR',
    'This is not a position of the feed; take one from `position` of an event, or from `endPosition`.',
  )
}

/**
 * Throws POSITION_EXPIRED where events behind the position are no longer kept, or where the database was restored from
 * before it, so that other events have taken its place.
 */
export async function requireKept(feed: Feed, { position, id }: FeedPosition): Promise<void> {
  // Another replica may be ahead of this one.
  if (position > feed.bounds.last) await feed.caughtUp()
  const { last, lastId, dropped } = feed.bounds
  if (position < dropped || position > last) throw expiredPosition()
  if (id === beforeAll.id || position === dropped) return
  if (id !== (position === last ? lastId : await feed.idAt(position))) throw expiredPosition()
}

function expiredPosition() {
  return clientError(
    'POSITION_EXPIRED',
    'The events behind this position are not all kept any more: read everything again, and go on from a new position.',
  )
}
