import type { Model } from '../database/data-model.ts'

/** What a table of the platform has of people: ids and names of the API, and values only where it says so. */
interface PlatformEntry {
  readonly about: string
  /** The name of the rule of retention; a sentence where there is none. */
  readonly keep: string
}

/** The platform's own tables. Those that are not named have nothing of people. */
export const platformData: { readonly [M in Model]?: PlatformEntry } = {
  AuditEvent: {
    about:
      'Who did, read or tried what, to whom: public ids, names and codes, never a value. It shows that rules were kept.',
    keep: 'audit trail',
  },
  DomainEvent: {
    about: 'What happened, to whom: public ids and names, never a personal value.',
    keep: 'days of events',
  },
  IdempotencyRecord: {
    about: 'The public id of a caller, a hash of the input and ids of the outcome, so that a retry does nothing twice.',
    keep: 'idempotency keys',
  },
  ApiKey: { about: 'The name of a key and the public id of its maker.', keep: 'while the key is used; by hand' },
  Webhook: { about: 'Where events are sent. Its document and filter may name ids.', keep: 'until it is deleted' },
  WebhookDelivery: {
    about: 'Which event was sent when: ids only. What was sent is not kept.',
    keep: 'deliveries to webhooks',
  },
  BulkExport: {
    about:
      'Who asked for an export, and for what; its file has personal values. An erasure ends every export in which the person may be, and removes its file.',
    keep: 'exports',
  },
  BulkImport: { about: 'The public id of a caller, and the outcome of each line by ids and codes.', keep: 'imports' },
  PersonRequest: {
    about:
      'What was asked for about a person, by whom: public ids. The archive of an export has everything that is stored about the person.',
    keep: 'requests about people',
  },
  HeldValue: {
    about: 'Personal values of restricted people, and those that a law keeps after an erasure, encrypted.',
    keep: 'values kept by law',
  },
  FieldUse: { about: 'How often a program asked for a field: programs, not people.', keep: 'uses of fields' },
}

/** Platform tables without anything of people. */
export const platformWithoutPeople: readonly Model[] = [
  'Dataset',
  'EventFeed',
  'FeedRun',
  'FeedConsumer',
  'PlacedEvent',
  'WebhookAttempt',
  'BulkImportChunk',
]
