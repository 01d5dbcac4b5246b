import type { OperationDefinitionNode } from 'graphql'
import type { ReadsOfServer } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { ExportPage, Lines } from '../context.ts'
import type { Selecting } from '../graphql/collect-fields.ts'

/** A request that reads one page of an export. */
export interface PageOfExport {
  readonly page: ExportPage
  readonly snapshot: ReadsOfServer
  /** Throws where the operation cannot be exported, or its viewer may not now. */
  check(operation: Selecting & { definition: OperationDefinitionNode }, viewer: Viewer): void
  /** Whether nodes may come as lines of NDJSON. */
  readonly takesLines: boolean
  /** Takes the nodes in the data of a response, which has no errors, or their lines. */
  accept(page: { data: Record<string, unknown> } | Lines): void
}
