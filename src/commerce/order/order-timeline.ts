import { z } from 'zod'
import type { LoaderDefinition } from '../../platform/context.ts'
import { builder } from '../../platform/graphql/builder.ts'

const payload = z.record(z.string(), z.unknown())

interface TimelineEntry {
  topic: string
  sequence: number
  occurredAt: Date
  actorKind: string
  details: string
}

/** The events of a whole page of orders, in one statement. The row policy shows each viewer their own. */
const timelines: LoaderDefinition<string, TimelineEntry[]> = {
  fallback: [],
  batch: async (ids, { db }) => {
    const events = await db.domainEvent.findMany({
      where: { aggregateType: 'Order', aggregateKey: { in: [...ids] } },
      orderBy: [{ aggregateKey: 'asc' }, { sequence: 'asc' }],
      select: { aggregateKey: true, topic: true, sequence: true, occurredAt: true, actorKind: true, payload: true },
    })
    const entries = events.map(({ payload: details, ...event }) => {
      return { ...event, details: JSON.stringify(payload.parse(details)) }
    })
    return Map.groupBy(entries, ({ aggregateKey }) => aggregateKey)
  },
}

const OrderEvent = builder.objectRef<TimelineEntry>('OrderEvent').implement({
  description: 'Something that happened to an order.',
  fields: (t) => ({
    topic: t.exposeString('topic', { description: 'What happened: `order.placed`, `payment.recorded`, …' }),
    sequence: t.exposeInt('sequence', {
      description: 'Its place among what happened to the order, from 1, without gaps.',
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
    actorKind: t.exposeString('actorKind', { description: 'What kind of viewer did it.' }),
    details: t.exposeString('details', { description: 'The event’s payload, as JSON: public names and ids.' }),
  }),
})

builder.prismaObjectField('Order', 'timeline', (t) =>
  t.field({
    type: [OrderEvent],
    listSize: 10,
    cost: 1,
    description: 'What happened to it since it was placed here, oldest first.',
    select: { id: true },
    resolve: ({ id }, _args, { loaders }) => loaders.load(timelines, id),
  }),
)
