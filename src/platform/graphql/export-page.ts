import type { ExportPage } from '../context.ts'
import type { Row } from '../database/data-model.ts'
import type { KeysetPlan } from './keyset.ts'

interface ListReads {
  planOf: (page: { first: number; after: string | undefined }) => KeysetPlan
  read: (keyset: KeysetPlan) => Promise<Row[]>
  isCompiled: boolean
}

/**
 * The rows of a page of an export. The rows behind them are read ahead, while these are completed and written: so the
 * database and the server work at the same time.
 */
export async function readExportPage(
  page: ExportPage,
  { planOf, read, isCompiled }: ListReads,
): Promise<{ rows: Row[]; keyset: KeysetPlan }> {
  const { ahead, sizeBehind } = page
  const keyset = planOf({ first: page.size, after: page.after })
  page.ahead = undefined
  const found = await (ahead && (isCompiled || !ahead.isCompiled) ? ahead.rows : read(keyset))
  // The promise would keep them, in old space, until a full collection.
  const rows = found.splice(0)
  const { rows: shown, hasNextPage } = keyset.page(rows)
  const last = shown.at(-1)
  if (!hasNextPage || !last) {
    page.next = null
    return { rows, keyset }
  }
  const after = keyset.cursorOf(last)
  const behind = read(planOf({ first: sizeBehind, after }))
  // A failure is reported by the page that takes the rows.
  behind.catch(() => {})
  page.next = { after, size: sizeBehind, sizeBehind, ahead: { rows: behind, isCompiled }, next: undefined }
  return { rows, keyset }
}
