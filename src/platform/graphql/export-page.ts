import type { ExportPage } from '../context.ts'
import type { Row } from '../database/data-model.ts'
import type { KeysetPlan } from './keyset.ts'

/** The first page is small: it is read on the general route where the document is new, and before a refusal is known. */
const firstSize = 100
const size = 2000

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
  const planBehind = (after: string | undefined) => planOf({ first: after === undefined ? firstSize : size, after })
  const keyset = planBehind(page.after)
  const { ahead } = page
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
  const behind = read(planBehind(after))
  // A failure is reported by the page that takes the rows.
  behind.catch(() => {})
  page.next = { after, ahead: { rows: behind, isCompiled }, next: undefined }
  return { rows, keyset }
}
