import type { Domain } from '../domain.ts'
import type { Mutation } from '../mutations/define-mutations.ts'
import { defineApiKeyType } from './api-key.ts'
import { defineApiKeyCreate } from './api-key-create.ts'
import { defineApiKeyRevoke } from './api-key-revoke.ts'

export interface ApiKeyOptions extends Pick<Domain, 'scopes'> {
  /** Of the domain's scopes the one that allows to make, list and revoke keys. */
  manageScope: string
}

/** Adds API keys to a domain's schema: the type, its list, and the mutations that make and revoke one. */
export function defineApiKeys<Code extends string>({
  mutation,
  ...options
}: ApiKeyOptions & { mutation: Mutation<Code> }): void {
  defineApiKeyType(options.manageScope)
  defineApiKeyCreate(mutation, options)
  defineApiKeyRevoke(mutation, options)
}
