import { anyOf } from '../platform/auth/rule.ts'
import { defineBulkImport } from '../platform/bulk/bulk-import.ts'
import { changesCatalog, changesOrders, createsCustomers } from './access.ts'

defineBulkImport(anyOf(changesCatalog, createsCustomers, changesOrders))
