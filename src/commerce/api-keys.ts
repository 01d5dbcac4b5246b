import { defineApiKeys } from '../platform/api-keys/define-api-keys.ts'
import { managesKeys, scopes } from './access.ts'
import { mutation } from './mutations.ts'

defineApiKeys({ mutation, scopes, manageScope: managesKeys })
