import type { z } from 'zod'
import type { Rule } from '../auth/rule.ts'
import type { Model } from '../database/data-model.ts'

/** A kind of event, with the form of its payload. docs/events.md is generated from all topics. */
export interface Topic<Payload extends z.ZodObject = z.ZodObject> {
  /** What happened, as a noun and a participle: `item.created`. */
  readonly name: string
  /** The version of the payload's form. A change that breaks consumers makes a new one. */
  readonly version: number
  readonly about: string
  /** The model of the row that it happens to. */
  readonly aggregate: Model
  /** The model of the row's owner, who sees the event too; undefined where events have no owner. */
  readonly owner?: Model
  /** Who sees every event of the topic. */
  readonly seenBy: Rule
  /** Fields of the payload that only some of those viewers see. Others get the payload without them. */
  readonly detail?: { readonly fields: readonly string[]; readonly seenBy: Rule }
  /** Whether it changes only what no cached response shows. */
  readonly isCacheNeutral?: boolean
  /** Public names and ids, amounts as strings. No personal values: an event is delivered to many and kept for long. */
  readonly payload: Payload
}

/** Keeps the type of the payload, by which `emit` checks its events. */
export function topic<Payload extends z.ZodObject>(definition: Topic<Payload>): Topic<Payload> {
  return definition
}

/** The value of the enum `EventTopic`. */
export function enumValueOf(topicName: string): string {
  return topicName.toUpperCase().replaceAll('.', '_')
}
