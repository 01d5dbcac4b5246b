import { z } from 'zod'
import { scope } from '../auth/rule.ts'
import { idOf } from '../events/payload.ts'
import { topic } from '../events/topic.ts'

export type ApiKeyTopics = ReturnType<typeof apiKeyTopics>

/** What happens to API keys, for viewers with the scope that manages them. */
export function apiKeyTopics(manageScope: string) {
  const ofApiKeys = { version: 1, aggregate: 'ApiKey', seenBy: scope(manageScope) } as const
  const apiKeyId = idOf('ApiKey')
  const created = topic({
    ...ofApiKeys,
    name: 'api_key.created',
    about: 'An API key was made.',
    payload: z.object({
      apiKeyId,
      name: z.string().describe('Its name.'),
      scopes: z.array(z.string()).describe('What it may do.'),
      expiresAt: z.iso.datetime().describe('When it ends.'),
    }),
  })
  const revoked = topic({
    ...ofApiKeys,
    name: 'api_key.revoked',
    about: 'An API key was revoked.',
    payload: z.object({ apiKeyId }),
  })
  return { created, revoked }
}
