import { getRefFromModel } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import { everyone } from '../auth/rule.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context, Cursors, EventFilter, FeedEvent } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { builder } from '../graphql/builder.ts'
import { type EnumValueExtensions, valuesIn } from '../graphql/enum-value-extensions.ts'
import { encodeId, idOf } from '../graphql/ids.ts'
import { readRow } from '../graphql/read-row.ts'
import { type Changes, longestWait, pageSize, readChanges } from './changes.ts'
import { EventPolicy, type Owner } from './event-policy.ts'
import { FeedStream } from './feed-stream.ts'
import { encodePosition } from './position.ts'
import { enumValueOf, type Topic } from './topic.ts'

interface EventOptions {
  topics: readonly Topic[]
  /** Which row a viewer is, for events that have an owner. */
  ownerOf: (viewer: Viewer) => Owner | undefined
  /** The audiences whose endpoints have `changes`. */
  subGraphs?: string[]
}

/** An event or a page of them, with what makes the texts of its positions. */
type Located<T> = T & { cursors: Cursors }

const afterArg = {
  description:
    'Go on from here: `position` of an event, `extensions.position` of a message, or the end of a page of the feed. ' +
    'Without it the stream begins with what happens from now on. The header Last-Event-ID replaces it.',
}

/** Adds the feed of events to a domain's schema. */
export function defineEvents({ topics, ownerOf, subGraphs = [] }: EventOptions) {
  const policy = new EventPolicy(topics, ownerOf)
  const EventTopic = topicEnum(topics)
  const Event = eventType(EventTopic, policy)
  const Page = pageType(Event)
  builder.queryField('changes', (t) =>
    t.field({
      type: Page,
      auth: everyone,
      subGraphs,
      extensions: { pageSize },
      description:
        'What happened, in order: for programs that keep a copy. Store `endPosition` together with the copy and send it as ' +
        '`after` of the next call: then no event is missed, and none is read twice. Each viewer sees the events of their own.',
      args: {
        after: t.arg.string({
          description:
            'The position to go on from: `endPosition` of a page, `position` of an event, or `now` for what happens from ' +
            'now on. Without it the page begins with the oldest event that is kept.',
        }),
        first: t.arg.int({
          required: true,
          defaultValue: pageSize.fallback,
          description: `How many events at most: 0 to ${pageSize.most}.`,
        }),
        topics: t.arg({ type: [EventTopic], description: 'Only events of these topics.' }),
        wait: t.arg.int({
          required: true,
          defaultValue: 0,
          description: `How long to wait for an event where there is none yet, in seconds: 0 to ${longestWait}.`,
        }),
      },
      resolve: async (_root, args, context, info) => {
        const { cursors } = context
        const shown = { ...args, topics: args.topics ?? topicsIn(info) }
        return { ...(await readChanges(shown, context, policy)), cursors }
      },
    }),
  )
  builder.subscriptionField('changes', (t) =>
    t.field({
      type: Event,
      auth: everyone,
      subGraphs,
      description: 'What happens, in order. Each viewer sees the events of their own.',
      args: {
        after: t.arg.string(afterArg),
        topics: t.arg({ type: [EventTopic], description: 'Only events of these topics.' }),
      },
      subscribe: (_root, { after, topics }, context, info) =>
        follow(after, { topics: topics ?? topicsIn(info) }, context),
      resolve: located,
    }),
  )

  /** The topics of this endpoint; undefined where it has all of them. */
  function topicsIn({ schema }: GraphQLResolveInfo): string[] | undefined {
    const values = valuesIn(schema, 'EventTopic')
    return values.length < topics.length ? values.map(({ value }) => String(value)) : undefined
  }

  /** The source of a subscription: the events that match and that the viewer sees. */
  function follow(after: string | null | undefined, filter: EventFilter, context: Context): Promise<FeedStream> {
    return FeedStream.open(context.lastEventId ?? after, filter, context, policy)
  }

  /** What a subscription tells of a change: the event, and the row it happened to as the viewer sees it now. */
  function changeType(model: Model) {
    const name = `${model.slice(0, 1).toLowerCase()}${model.slice(1)}`
    const Change = builder.objectRef<Located<FeedEvent>>(`${model}Change`).implement({
      description: `Something that happened to the type ${model}.`,
      fields: (t) => ({ event: t.field({ type: Event, description: 'What happened.', resolve: (event) => event }) }),
    })
    builder.objectField(Change, name, (t) =>
      t.field({
        type: getRefFromModel(model, builder),
        nullable: true,
        description: `The ${model} as it is now; null where it is gone, or is not visible to this viewer.`,
        resolve: ({ aggregateKey }, _args, context, info) => readRow(model, aggregateKey, context, info),
      }),
    )
    return Change
  }

  return { topics, policy, EventTopic, follow, changeType, afterArg, located }
}

function located(event: FeedEvent, _args: object, { cursors }: Context): Located<FeedEvent> {
  return { ...event, cursors }
}

function topicEnum(topics: readonly Topic[]) {
  return builder.enumType('EventTopic', {
    description: 'What happened. docs/events.md shows the payload of each topic.',
    values: Object.fromEntries(
      topics.map(({ name, about, aggregate }) => {
        const extensions: EnumValueExtensions = { of: aggregate }
        return [enumValueOf(name), { value: name, description: about, extensions }]
      }),
    ),
  })
}

function eventType(topics: ReturnType<typeof topicEnum>, policy: EventPolicy) {
  return builder.objectRef<Located<FeedEvent>>('Event').implement({
    description: 'Something that happened. It is never changed.',
    fields: (t) => ({
      id: t.id({
        description: 'The id of the event: the same wherever and however often it is delivered.',
        resolve: idOf('Event'),
      }),
      position: t.string({
        description: 'Its place in the feed, to go on from with `after`.',
        resolve: ({ cursors, ...event }) => encodePosition(cursors, event),
      }),
      topic: t.field({ type: topics, description: 'What happened.', resolve: ({ topic }) => topic }),
      version: t.exposeInt('version', { description: 'The version of the payload’s form.' }),
      subjectType: t.exposeString('aggregateType', { description: 'The type of the object that it happened to.' }),
      subjectId: t.id({
        description:
          'The object that it happened to. The events of one object are in the order in which they happened.',
        resolve: ({ aggregateType, aggregateKey }) => encodeId(aggregateType, aggregateKey),
      }),
      sequence: t.exposeInt('sequence', { description: 'Its place among the events of the object, from 1.' }),
      actorKind: t.exposeString('actorKind', {
        description: 'What kind of viewer did it; `database` for a write in plain SQL.',
      }),
      occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
      payload: t.field({
        type: 'JSONObject',
        description:
          'Public names and ids, amounts as strings, as far as this viewer may see them; docs/events.md has the form of ' +
          'each topic.',
        resolve: (event, _args, { viewer }) => policy.payloadFor(viewer, event),
      }),
    }),
  })
}

function pageType(Event: ReturnType<typeof eventType>) {
  return builder.objectRef<Located<Changes>>('Changes').implement({
    description: 'A page of the feed of events.',
    fields: (t) => ({
      events: t.field({
        type: [Event],
        description: 'The events, in order.',
        resolve: ({ events, cursors }) => events.map((event) => ({ ...event, cursors })),
      }),
      endPosition: t.string({
        description: 'The position behind this page, also behind events that it does not show.',
        resolve: ({ end, cursors }) => encodePosition(cursors, end),
      }),
      hasMore: t.exposeBoolean('hasMore', { description: 'Whether more events are behind it already.' }),
    }),
  })
}
