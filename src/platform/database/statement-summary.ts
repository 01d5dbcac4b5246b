import { createHash } from 'node:crypto'

export interface StatementSummary {
  /** `SELECT` */
  readonly operation: string
  /** Operation and tables: `SELECT app.thing app.part`. */
  readonly text: string
  /** Of the whole SQL, which has no values. */
  readonly hash: string
}

const maxKept = 2000
/** As the semantic conventions of OpenTelemetry bound it. */
const longest = 255
const target =
  /(?<!epoch )\b(?:from|join|into|update)\s+(?!rows\s+from\b)((?:"[^"]+"|[a-z_]\w*)(?:\.(?:"[^"]+"|\w+))?)(?![\w."]|\s*\()/gi
const keywords: ReadonlySet<string> = new Set(['lateral', 'only', 'select', 'set'])

const summaries = new Map<string, StatementSummary>()

/** What an operator reads of a statement. */
export function summaryOf(sql: string): StatementSummary {
  const known = summaries.get(sql)
  if (known) return known
  if (summaries.size >= maxKept) summaries.clear()
  const operation = (/^\s*(\w+)/.exec(sql)?.[1] ?? '').toUpperCase()
  const names = [...sql.matchAll(target)].map(([, name = '']) => name.replaceAll('"', ''))
  const tables = [...new Set(names)].filter((name) => !keywords.has(name.toLowerCase()))
  const text = [operation, ...tables].join(' ').slice(0, longest)
  const summary = { operation, text, hash: createHash('sha256').update(sql).digest('hex').slice(0, 12) }
  summaries.set(sql, summary)
  return summary
}
