import { ownKeyId } from '../platform/api-keys/api-key.ts'
import { defineEvents } from '../platform/events/define-events.ts'
import type { Topic } from '../platform/events/topic.ts'
import { apiKeyTopics } from './api-keys.ts'
import { forPartners } from './audiences.ts'
import * as catalog from './catalog/catalog-events.ts'
import * as customer from './customer/customer-events.ts'
import * as order from './order/order-events.ts'
import * as payment from './payment/payment-events.ts'
import { personTopics } from './person-topics.ts'
import { webhookTopics } from './webhook-topics.ts'

/** Everything that can happen here. */
const topics: readonly Topic[] = [catalog, customer, order, payment, apiKeyTopics, webhookTopics, personTopics].flatMap(
  (all) => Object.values<Topic>(all),
)

export const events = defineEvents({
  topics,
  subGraphs: forPartners,
  ownerOf: (viewer) => {
    const { kind, subject } = viewer
    if (kind === 'customer' && subject !== undefined) return { ownerType: 'Customer', ownerKey: subject }
    const apiKeyId = ownKeyId(viewer)
    return apiKeyId === undefined ? undefined : { ownerType: 'ApiKey', ownerKey: apiKeyId }
  },
})
