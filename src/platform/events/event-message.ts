import type { Cursors, FeedEvent } from '../context.ts'
import { encodeId } from '../graphql/ids.ts'
import { encodePosition } from './position.ts'

/** An event as `Event` has it in the API, for consumers outside of GraphQL. */
export function eventMessage(event: FeedEvent, cursors: Cursors, payload: FeedEvent['payload'] = event.payload) {
  return {
    id: encodeId('Event', event.id),
    position: encodePosition(cursors, event),
    topic: event.topic,
    version: event.version,
    subjectType: event.aggregateType,
    subjectId: encodeId(event.aggregateType, event.aggregateKey),
    sequence: event.sequence,
    actorKind: event.actorKind,
    occurredAt: event.occurredAt,
    payload,
  }
}
