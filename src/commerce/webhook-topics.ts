import { topicsOfWebhooks } from '../platform/webhooks/webhook-events.ts'
import { managesWebhooks } from './access.ts'

export const webhookTopics = topicsOfWebhooks(managesWebhooks)
