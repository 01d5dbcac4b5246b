// Reads Northwind's files with code of its own, because the loader is under test.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

const folder = join(import.meta.dirname, '../../../prisma/demo')
const rows = <T>(file: string, shape: z.ZodType<T>): T[] =>
  z.array(shape).parse(parse(readFileSync(join(folder, file), 'utf8'), { columns: true }))

export const orders = rows(
  'orders.csv',
  z.object({
    order_id: z.coerce.number(),
    customer_id: z.string(),
    order_date: z.iso.date(),
    shipped_date: z.string(),
    ship_country: z.string(),
  }),
)

export const lines = rows(
  'order_lines.csv',
  z.object({
    order_id: z.coerce.number(),
    product_id: z.coerce.number(),
    unit_price: z.string(),
    quantity: z.coerce.number(),
    discount: z.string(),
  }),
)

type Line = (typeof lines)[number]

/** The countries Northwind ships to, by ISO 3166-1 code. */
export const shipCountries: Readonly<Record<string, string>> = {
  AR: 'Argentina',
  AT: 'Austria',
  BE: 'Belgium',
  BR: 'Brazil',
  CA: 'Canada',
  CH: 'Switzerland',
  DE: 'Germany',
  DK: 'Denmark',
  ES: 'Spain',
  FI: 'Finland',
  FR: 'France',
  GB: 'UK',
  IE: 'Ireland',
  IT: 'Italy',
  MX: 'Mexico',
  NO: 'Norway',
  PL: 'Poland',
  PT: 'Portugal',
  SE: 'Sweden',
  US: 'USA',
  VE: 'Venezuela',
}

/** A line's exact net amount in ten-thousandths of a cent: prices have two digits, discounts two more. */
export function exactOf({ unit_price, quantity, discount }: Line): bigint {
  return scaled(unit_price, 2) * BigInt(quantity) * (10_000n - scaled(discount, 4))
}

/** The net amount in cents, half a cent rounded away from zero. */
export function centsOf(line: Line): bigint {
  const exact = exactOf(line)
  return exact / 10_000n + (exact % 10_000n >= 5000n ? 1n : 0n)
}

export function sum(values: Iterable<bigint>): bigint {
  let total = 0n
  for (const value of values) total += value
  return total
}

/** "12.50" as 1250n. */
export function minorOf(amount: string): bigint {
  if (!/^\d+\.\d{2}$/.test(amount)) throw new Error(`${amount} is no amount of dollars and cents`)
  return BigInt(amount.replace('.', ''))
}

function scaled(value: string, digits: number): bigint {
  const [whole = '', fraction = ''] = value.split('.')
  return BigInt(whole + fraction.padEnd(digits, '0'))
}
