import { defineWebhooks } from '../platform/webhooks/define-webhooks.ts'
import { managesWebhooks } from './access.ts'
import { forPartners } from './audiences.ts'
import { events } from './events.ts'
import { mutation } from './mutations.ts'
import { webhookTopics } from './webhook-topics.ts'

defineWebhooks({ mutation, manageScope: managesWebhooks, told: webhookTopics, events, subGraphs: forPartners })
