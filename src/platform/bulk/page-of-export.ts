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

/**
 * The first page is small: it is read on the general route where the document is new, and before a refusal is known. Those
 * behind it grow, so that the server has rows to write while the database reads a large page.
 */
const firstSize = 100
const growth = 4
const size = 2000
/**
 * While requests come, few rows live when garbage is collected, and no statement takes the database for long: beside pages
 * of 1,000 a small request takes half as long again at the 99th percentile. An export then rests more than it works, so
 * that smaller pages do not slow it down.
 */
const sizeBesideRequests = 250

export function firstPage(after?: string): ExportPage {
  return { after, size: firstSize, sizeBehind: sizeBehind(firstSize, false), ahead: undefined, next: undefined }
}

/** How many rows the page behind one of this size may have. */
export function sizeBehind(sizeBefore: number, isAsked: boolean): number {
  return Math.min(isAsked ? sizeBesideRequests : size, growth * sizeBefore)
}
