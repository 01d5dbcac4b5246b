import { z } from 'zod'
import { dataOf, type World } from '../../support/world.ts'

/** "-12.50" or "12.50" in cents. */
const cents = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .transform((amount) => BigInt(amount.replace('.', '')))
export const money = z.strictObject({ amount: cents, currency: z.string() })
export const amount = '{ amount currency }'

interface Question<T> {
  /** Arguments beside `first`: `by: [MONTH], measures: [NET]`. */
  args: string
  /** The selection of each row. */
  select: string
  row: z.ZodType<T>
  first?: number
}

/** A report, read as a client would. */
export async function readReport<T>(
  caller: ReturnType<World['as']>,
  name: string,
  { args, select, row, first = 1000 }: Question<T>,
) {
  const shape = z.object({
    report: z.object({ rows: z.array(row), totals: z.array(row), hasMore: z.boolean() }),
  })
  const query = `{ report: ${name}(first: ${first}, ${args}) { rows { ${select} } totals { ${select} } hasMore } }`
  return dataOf(await caller.query(query), shape).report
}
