import type { Mutation } from '../mutations/define-mutations.ts'
import { type BulkExportOptions, defineBulkExportTypes } from './bulk-export.ts'
import { defineBulkExportCancel } from './bulk-export-cancel.ts'
import { defineBulkExportCreate } from './bulk-export-create.ts'
import { defineBulkExportResume } from './bulk-export-resume.ts'

/** Adds exports that run as jobs to a domain's schema: the type, its list and the mutations. */
export function defineBulkExports<Code extends string>({
  mutation,
  ...options
}: BulkExportOptions & { mutation: Mutation<Code> }): void {
  defineBulkExportTypes(options)
  defineBulkExportCreate(mutation, options)
  defineBulkExportResume(mutation, options)
  defineBulkExportCancel(mutation, options)
}
