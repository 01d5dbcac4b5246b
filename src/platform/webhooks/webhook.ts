import { type Rule, scope } from '../auth/rule.ts'
import { jsonObject } from '../database/json-object.ts'
import type { defineEvents } from '../events/define-events.ts'
import { backOfficeOnly, everyAudience } from '../graphql/audiences.ts'
import { builder } from '../graphql/builder.ts'
import { listOf } from '../graphql/connection.ts'
import { decodeId, encodeId, idOf } from '../graphql/ids.ts'
import type { WebhookTopics } from './webhook-events.ts'

export interface WebhookOptions {
  /** The domain's scope that allows its holder to manage webhooks. */
  manageScope: string
  /** The topics of what happens to webhooks. */
  told: WebhookTopics
  /** The audiences whose endpoints have webhooks. */
  subGraphs?: string[]
  events: Pick<ReturnType<typeof defineEvents>, 'EventTopic' | 'topics'>
}

/** Adds webhooks, their deliveries and their lists to the schema. */
export function defineWebhookTypes({ manageScope, events, subGraphs = [] }: WebhookOptions): void {
  const manages = scope(manageScope)
  defineWebhook(events, subGraphs)
  defineDelivery(manages, subGraphs)
  const list = listOf({
    model: 'Webhook',
    sorts: {
      CREATED_AT: { column: 'createdAt', description: 'By when it was made.' },
      NAME: { column: 'name', description: 'By name.' },
    },
    defaultSort: { field: 'CREATED_AT', direction: 'DESC' },
  })
  builder.queryField('webhooks', (t) =>
    t.field(list.connection({ auth: manages, subGraphs, description: 'Webhooks: staff see all, an API key its own.' })),
  )
}

function defineWebhook({ EventTopic, topics: told }: WebhookOptions['events'], subGraphs: string[]): void {
  const known = new Set(told.map(({ name }) => name))
  const DisabledReason = builder.enumType('WebhookDisabledReason', {
    description: 'Why a webhook is disabled.',
    values: {
      BY_REQUEST: { description: 'By `webhookUpdate`.' },
      GONE: { description: 'Its receiver responded with 410.' },
      KEY_ENDED: { description: 'Its API key was revoked or has expired.' },
    },
  })
  builder.prismaObject('Webhook', {
    description:
      'Events that are sent to a URL as they happen, by Standard Webhooks 1.0, with the rights that its API key has then.',
    select: { id: true },
    subGraphs,
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: idOf('Webhook') }),
      name: t.exposeString('name', { description: 'What it is for, in the words of who made it.' }),
      url: t.exposeString('url', { description: 'Where messages are sent.' }),
      apiKeyId: t.id({
        description: 'The API key whose rights are used.',
        select: { apiKeyId: true },
        resolve: ({ apiKeyId }) => encodeId('ApiKey', apiKeyId),
      }),
      topics: t.field({
        type: [EventTopic],
        description: 'The topics whose events are sent; empty for a webhook with a document.',
        select: { topics: true },
        resolve: ({ topics }) => topics.filter((topic) => known.has(topic)),
      }),
      // A document is run against the whole schema: the endpoints of audiences do not have that.
      document: t.exposeString('document', {
        nullable: true,
        subGraphs: backOfficeOnly,
        description: 'The subscription whose results are sent; null for a webhook with topics.',
      }),
      variables: t.field({
        type: 'JSONObject',
        nullable: true,
        description: 'The variables of the document.',
        subGraphs: backOfficeOnly,
        select: { variables: true },
        resolve: ({ variables }) => jsonObject.nullable().parse(variables),
      }),
      isOrdered: t.exposeBoolean('isOrdered', {
        description: 'Whether the events of one object are sent one after the other, in order.',
      }),
      isEnabled: t.boolean({
        description: 'Whether anything is sent. What happens meanwhile is sent once it is enabled again.',
        select: { disabledAt: true },
        resolve: ({ disabledAt }) => disabledAt === null,
      }),
      disabledReason: t.expose('disabledReason', {
        type: DisabledReason,
        nullable: true,
        description: 'Why it is disabled; null where it is enabled.',
      }),
      pausedUntil: t.expose('pausedUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'When the next message is sent, after several that failed or because the receiver asked to wait.',
      }),
      version: t.exposeInt('version', { description: 'For `webhookUpdate`: it changes with each update.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    }),
  })
}

const DeliveryState = builder.enumType('WebhookDeliveryState', {
  description: 'What became of a delivery.',
  values: {
    PENDING: { description: 'It is to be sent, for the first time or again.' },
    DELIVERED: { description: 'The receiver accepted it.' },
    FAILED: { description: 'It was given up, after three days of attempts. `webhookReplay` sends it again.' },
    SKIPPED: { description: 'The API key did not see the event any more.' },
  },
})

const AttemptOutcome = builder.enumType('WebhookAttemptOutcome', {
  description: 'How an attempt to deliver ended.',
  values: {
    ACCEPTED: { description: 'The receiver responded with a status from 200 to 299.' },
    STATUS_REFUSED: { description: 'The receiver responded with another status.' },
    REDIRECTED: { description: 'The receiver responded with a redirect, which is not followed.' },
    TIMED_OUT: { description: 'The receiver did not respond in time.' },
    UNREACHABLE: { description: 'No connection was made, or it broke.' },
    CERTIFICATE_REFUSED: { description: 'The certificate of the receiver is not valid.' },
    ADDRESS_REFUSED: { description: 'The name of the receiver leads to an address that is not allowed.' },
  },
})

const DeliveryFilter = builder.inputType('WebhookDeliveryFilter', {
  description: 'Which deliveries; all conditions must hold.',
  fields: (t) => ({
    webhookId: t.id({ description: 'Those of this webhook.' }),
    state: t.field({ type: DeliveryState, description: 'Those in this state.' }),
  }),
})

builder.prismaObject('WebhookAttempt', {
  subGraphs: everyAudience,
  description: 'One attempt to deliver. The bodies of messages and responses are not kept.',
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Its number, from 1.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was sent.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The HTTP status of the response; null without one.',
    }),
    outcome: t.expose('outcome', { type: AttemptOutcome, description: 'How it ended.' }),
  }),
})

function defineDelivery(manages: Rule, subGraphs: string[]): void {
  builder.prismaObject('WebhookDelivery', {
    description: 'An event on its way to a webhook, with the history of attempts. It is kept for 30 days.',
    subGraphs,
    select: { id: true },
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({
        description: 'The global id, and the header `webhook-id` of each attempt.',
        resolve: idOf('WebhookDelivery'),
      }),
      webhook: t.relation('webhook', { description: 'Where it goes.' }),
      eventId: t.id({
        nullable: true,
        description: 'The event; null for a test.',
        select: { eventId: true },
        resolve: ({ eventId }) => eventId && encodeId('Event', eventId),
      }),
      topic: t.exposeString('topic', {
        description: 'What happened, as in docs/events.md; `webhook.test` for a test.',
      }),
      subjectId: t.id({
        description: 'The object that it happened to.',
        select: { aggregateType: true, aggregateKey: true },
        resolve: ({ aggregateType, aggregateKey }) => encodeId(aggregateType, aggregateKey),
      }),
      state: t.expose('state', { type: DeliveryState, description: 'What became of it.' }),
      attemptCount: t.exposeInt('attemptCount', { description: 'How often it was sent.' }),
      attempts: t.relation('attempts', {
        listSize: 3,
        description: 'The last attempts, newest first: at most 50.',
        query: { orderBy: { number: 'desc' }, take: 50 },
      }),
      nextAttemptAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is sent next; null where it has ended.',
        select: { state: true, nextAttemptAt: true },
        resolve: ({ state, nextAttemptAt }) => (state === 'PENDING' ? nextAttemptAt : null),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
    }),
  })
  const list = listOf({
    model: 'WebhookDelivery',
    sorts: { CREATED_AT: { column: 'createdAt', description: 'By when it was made.' } },
    defaultSort: { field: 'CREATED_AT', direction: 'DESC' },
    filter: {
      type: DeliveryFilter,
      description: 'Which deliveries.',
      where: ({ webhookId, state }) => [
        ...(webhookId == null ? [] : [{ webhookId: decodeId('Webhook', webhookId) }]),
        ...(state == null ? [] : [{ state }]),
      ],
    },
  })
  builder.queryField('webhookDeliveries', (t) =>
    t.field(
      list.connection({
        auth: manages,
        subGraphs,
        description: 'What was sent to webhooks, and what is to be sent, newest first.',
      }),
    ),
  )
}
