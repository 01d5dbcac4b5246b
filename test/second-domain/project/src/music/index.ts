import type { Domain } from '../platform/domain.ts'
import { roles, rowPolicies, scopes, sensitivities, toViewer } from './access.ts'
import './catalog.ts'
import './changes.ts'
import './concerts.ts'
import './customers.ts'
import { demo } from './demo.ts'
import './fans.ts'
import { personTopics } from './person-topics.ts'
import './reviews.ts'
import { captures, events } from './events.ts'

const read = { select: true } as const

export const music: Domain = {
  name: 'music',
  scopes,
  roles,
  toViewer,
  rowPolicies: { ...rowPolicies, DomainEvent: events.policy, PlacedEvent: events.policy },
  privileges: {
    Artist: read,
    Album: read,
    Track: read,
    Genre: read,
    Playlist: read,
    PlaylistTrack: { select: true, insert: true },
    Employee: read,
    Customer: read,
    Invoice: read,
    Fan: read,
    Label: { select: true, update: ['name'] },
    Play: { select: true, insert: true },
    Review: read,
    Concert: read,
    Seat: read,
    Ticket: read,
  },
  sensitivities,
  personalData: { subjects: {}, subjectOf: () => undefined, purposes: {}, duties: {}, models: {}, impersonal: {} },
  personTopics,
  captures,
  topics: events.topics,
  eventPolicy: events.policy,
  exampleOperations: [],
  demo,
}
