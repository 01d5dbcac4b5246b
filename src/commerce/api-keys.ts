import { defineApiKeys } from '../platform/api-keys/define-api-keys.ts'
import { managesKeys, scopes } from './access.ts'
import { verb } from './mutations.ts'

defineApiKeys({ verb, scopes, manageScope: managesKeys })
