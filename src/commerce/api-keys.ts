import { defineApiKeys } from '../platform/api-keys/define-api-keys.ts'
import { managesKeys, scopes } from './access.ts'
import { mutation } from './mutations.ts'

export const apiKeyTopics = defineApiKeys({ mutation, scopes, manageScope: managesKeys })
