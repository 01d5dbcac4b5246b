import { defineBulkExports } from '../platform/bulk/define-bulk-exports.ts'
import { makesExports } from './access.ts'
import { mutation } from './mutations.ts'

defineBulkExports({ mutation, auth: makesExports })
