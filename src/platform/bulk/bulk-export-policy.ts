import type { RowPolicies } from '../auth/row-policy.ts'
import { anonymous } from '../auth/viewer.ts'

/** Everyone sees their own exports, and nobody those of others. */
export const bulkExportPolicy: RowPolicies['BulkExport'] = {
  rows: ({ kind, id }) => (id === undefined || kind === anonymous.kind ? 'none' : { creatorKind: kind, creatorId: id }),
}
