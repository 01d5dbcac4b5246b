/** A pooler that gives each transaction another session. */
export interface Pooler {
  /** Whether named statements outlive a transaction, as PgBouncer's do with `max_prepared_statements`. */
  keepsNames: boolean
}

/** A parameter of URLs within this process: so every session is opened in the way that its URL needs. */
const parameter = 'frontdoor_pooler'

/** The URL, for sessions through a pooler. */
export function throughPooler(url: string, { keepsNames }: Pooler): string {
  const marked = new URL(url)
  marked.searchParams.set(parameter, keepsNames ? 'names' : 'no-names')
  return marked.href
}

/** The URL for the driver, and the pooler that it leads through. */
export function passageOf(url: string): { url: string; pooler: Pooler | undefined } {
  const parsed = URL.parse(url)
  const mark = parsed?.searchParams.get(parameter)
  if (!parsed || !mark) return { url, pooler: undefined }
  parsed.searchParams.delete(parameter)
  return { url: parsed.href, pooler: { keepsNames: mark === 'names' } }
}
