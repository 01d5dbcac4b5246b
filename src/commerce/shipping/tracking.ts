import { builder } from '../../platform/graphql/builder.ts'
import { remoteLoader } from '../../platform/services/remote-loader.ts'
import { type Tracking, trackings } from './carrier-service.ts'

/** A call to another service costs more than a row. */
const callCost = 5

const trackingOf = remoteLoader(trackings)

const TrackingStatus = builder.enumType('TrackingStatus', {
  description: 'How far a parcel has come, as its carrier says.',
  values: {
    ANNOUNCED: { description: 'The carrier expects it.' },
    IN_TRANSIT: { description: 'On its way.' },
    OUT_FOR_DELIVERY: { description: 'In the van that brings it.' },
    DELIVERED: { description: 'Handed over.' },
    RETURNED: { description: 'On its way back to the shop.' },
  },
})

const ParcelTracking = builder.objectRef<Tracking>('ParcelTracking').implement({
  description: 'Where a parcel is, as its carrier says.',
  fields: (t) => ({
    number: t.exposeString('number', { description: 'The tracking number.' }),
    status: t.expose('status', { type: TrackingStatus, description: 'How far it has come.' }),
    place: t.exposeString('place', { nullable: true, description: 'Where it was seen last.' }),
    expectedOn: t.expose('expectedOn', {
      type: 'Date',
      nullable: true,
      description: 'The day on which the carrier expects to deliver it.',
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the carrier saw it last.' }),
  }),
})

// Both hang on a row that the row policy has let through: a viewer asks for no number of their own.

builder.prismaObjectField('Shipment', 'tracking', (t) =>
  t.field({
    type: ParcelTracking,
    nullable: true,
    cost: callCost,
    description:
      'Where it is, from the carrier; null without a tracking number, or one that the carrier does not know.',
    select: { trackingNumber: true },
    resolve: ({ trackingNumber }, _args, { loaders }) =>
      trackingNumber === null ? null : loaders.load(trackingOf, trackingNumber),
  }),
)

builder.prismaObjectField('Order', 'tracking', (t) =>
  t.field({
    type: [ParcelTracking],
    nullable: true,
    cost: callCost,
    listSize: 2,
    description: 'Where its parcels are, from the carrier, in the order of shipping.',
    select: { shipments: { select: { trackingNumber: true }, orderBy: [{ shippedAt: 'asc' }, { id: 'asc' }] } },
    resolve: async ({ shipments }, _args, { loaders }) => {
      const numbers = shipments.flatMap(({ trackingNumber }) => trackingNumber ?? [])
      const found = await Promise.all(numbers.map((number) => loaders.load(trackingOf, number)))
      return found.filter((tracking) => tracking !== null)
    },
  }),
)
