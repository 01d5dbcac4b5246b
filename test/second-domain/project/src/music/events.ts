import { z } from 'zod'
import { ownKeyId } from '../platform/api-keys/api-key.ts'
import { type Capture, capture } from '../platform/events/capture.ts'
import { defineEvents } from '../platform/events/define-events.ts'
import { idOf, rowChange } from '../platform/events/payload.ts'
import { type Topic, topic } from '../platform/events/topic.ts'
import { writes } from './access.ts'

const of = { version: 1, seenBy: writes } as const

export const playRecorded = topic({
  ...of,
  aggregate: 'Play',
  name: 'play.recorded',
  about: 'A track was played.',
  payload: z.object({ trackId: idOf('Track') }),
})

export const trackListed = topic({
  ...of,
  aggregate: 'PlaylistTrack',
  name: 'playlistTrack.created',
  about: 'A track is on a playlist.',
  payload: z.object({ playlistId: idOf('Playlist') }),
})

export const labelUpdated = topic({
  ...of,
  aggregate: 'Label',
  name: 'label.updated',
  about: 'A label has another name.',
  payload: z.object({ name: z.string().describe('The name.') }),
})

const ticketChanged = topic({
  ...of,
  aggregate: 'Ticket',
  owner: 'Seat',
  name: 'ticket.changed',
  about: 'A ticket was written in plain SQL.',
  payload: z.object({ ticketId: idOf('Ticket'), ...rowChange }),
})

const invoiceChanged = topic({
  ...of,
  aggregate: 'Invoice',
  owner: 'Customer',
  name: 'invoice.changed',
  about: 'An invoice was written in plain SQL.',
  payload: z.object({ invoiceId: idOf('Invoice'), ...rowChange }),
})

export const captures: readonly Capture[] = [
  capture({ topic: ticketChanged, model: 'Ticket', owner: ['hall', 'number'], fields: { holder: 'holder' } }),
  capture({ topic: invoiceChanged, model: 'Invoice', owner: 'customerId', fields: { total: 'total' } }),
]

export const events = defineEvents({
  topics: [playRecorded, trackListed, labelUpdated, ticketChanged, invoiceChanged] as readonly Topic[],
  ownerOf: (viewer) => {
    if (viewer.kind === 'customer' && viewer.subject !== undefined)
      return { ownerType: 'Customer', ownerKey: viewer.subject }
    const ownerKey = ownKeyId(viewer)
    return ownerKey === undefined ? undefined : { ownerType: 'ApiKey', ownerKey }
  },
})
