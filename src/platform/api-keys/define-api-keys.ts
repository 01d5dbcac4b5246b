import type { Mutation } from '../mutations/define-mutations.ts'
import { type ApiKeyOptions, defineApiKeyType } from './api-key.ts'
import { defineApiKeyCreate } from './api-key-create.ts'
import { defineApiKeyRevoke } from './api-key-revoke.ts'

/** Adds API keys to a domain's schema: the type, its list, and the mutations that make and revoke one. */
export function defineApiKeys<Code extends string>({
  mutation,
  ...options
}: ApiKeyOptions & { mutation: Mutation<Code> }): void {
  defineApiKeyType(options.manageScope)
  defineApiKeyCreate(mutation, options)
  defineApiKeyRevoke(mutation, options)
}
