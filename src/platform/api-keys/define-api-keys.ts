import type { Mutation } from '../mutations/define-mutations.ts'
import { type ApiKeyOptions, defineApiKeyType } from './api-key.ts'
import { defineApiKeyCreate } from './api-key-create.ts'
import { apiKeyTopics } from './api-key-events.ts'
import { defineApiKeyRevoke } from './api-key-revoke.ts'

/**
 * Adds API keys to a domain's schema: the type, its list, and the mutations that make and revoke one. Returns the topics of
 * their events.
 */
export function defineApiKeys<Code extends string>({
  mutation,
  ...options
}: ApiKeyOptions & { mutation: Mutation<Code> }) {
  const topics = apiKeyTopics(options.manageScope)
  defineApiKeyType(options.manageScope)
  defineApiKeyCreate(mutation, options, topics)
  defineApiKeyRevoke(mutation, options, topics)
  return topics
}
