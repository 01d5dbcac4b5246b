import { z } from 'zod'
import type { Scope } from '../mutations.ts'

/** Invoices and credit notes have a series of numbers each, from 1 every year. */
type SeriesPrefix = 'INV' | 'CN'

const numbered = z.tuple([z.object({ last: z.number() })])

/**
 * The next number of a series: `INV-2026-000042`. Its row stays locked until the transaction ends, so that an unused
 * number is given out again and there is no gap. It is the last lock that a mutation takes, and is held shortly.
 */
export async function nextNumber({ tx, now }: Scope, prefix: SeriesPrefix): Promise<string> {
  const year = now.getUTCFullYear()
  const [{ last }] = numbered.parse(
    await tx.$queryRaw`
      insert into commerce.ar_series as series (series_cd, series_year, last_no) values (${prefix}, ${year}, 1)
      on conflict (series_cd, series_year) do update set last_no = series.last_no + 1 returning last_no as "last"`,
  )
  return `${prefix}-${year}-${String(last).padStart(6, '0')}`
}
