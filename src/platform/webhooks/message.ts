import { z } from 'zod'
import type { Viewer } from '../auth/viewer.ts'
import type { Cursors, FeedEvent, OwnOperation } from '../context.ts'
import { eventMessage } from '../events/event-message.ts'
import type { EventPolicy } from '../events/event-policy.ts'
import { encodePosition } from '../events/position.ts'
import { encodeId } from '../graphql/ids.ts'

export const testTopic = 'webhook.test'
/** A larger message names its event only, so that its receiver fetches it. */
const mostBytes = 20_480

const result = z.object({ data: z.unknown(), errors: z.array(z.unknown()).optional() })

/** What a message says of an event. */
export interface Content {
  data: unknown
  errors?: unknown
}

/** A position of the feed; without an id where its event is no longer kept. */
interface SafePosition {
  position: number
  id: string | null
}

/** Runs operations through all steps of a request. */
export interface OperationRunner {
  respondTo(
    event: FeedEvent,
    operation: OwnOperation,
  ): Promise<{ status: number; headers: ReadonlyMap<string, string>; body: string } | undefined>
}

interface ContentParts {
  endpoint: OperationRunner
  policy: EventPolicy
  cursors: Cursors
}

interface Operation {
  document: string | null
  variables: unknown
}

/**
 * The event as the viewer may see it now; what to wait, where the viewer has used up its limit or the database does not
 * answer; or undefined where the viewer does not see it.
 */
export async function contentOf(
  event: FeedEvent,
  viewer: Viewer,
  { document, variables }: Operation,
  { endpoint, policy, cursors }: ContentParts,
): Promise<Content | { waitMs: number } | undefined> {
  if (!policy.sees(viewer, event)) return undefined
  if (document === null) return { data: eventMessage(event, cursors, policy.payloadFor(viewer, event)) }
  const response = await endpoint.respondTo(event, { viewer, document, variables })
  if (!response || response.status === 503 || response.status === 429) {
    return { waitMs: 1000 * Math.max(1, Number(response?.headers.get('retry-after') ?? 0)) }
  }
  const { data, errors } = result.parse(JSON.parse(response.body))
  return { data: data ?? null, ...(errors && { errors }) }
}

/** The body of a message, with the position that its receiver can keep. */
export function bodyOf(event: FeedEvent, content: Content, safe: SafePosition, cursors: Cursors): string {
  const { id, position } = safe
  const head = {
    type: event.topic,
    timestamp: event.occurredAt,
    position: id === null ? null : encodePosition(cursors, { position, id }),
  }
  const body = JSON.stringify({ ...head, ...content })
  return Buffer.byteLength(body) <= mostBytes ? body : JSON.stringify({ ...head, thin: true, data: nameOf(event) })
}

function nameOf({ id, aggregateType, aggregateKey }: FeedEvent) {
  return {
    id: encodeId('Event', id),
    subjectType: aggregateType,
    subjectId: encodeId(aggregateType, aggregateKey),
  }
}

export function testBodyOf(webhookId: string): string {
  return JSON.stringify({ type: testTopic, timestamp: new Date(), data: { webhookId: encodeId('Webhook', webhookId) } })
}
