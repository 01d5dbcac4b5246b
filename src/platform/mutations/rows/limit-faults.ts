import { Prisma } from '../../../generated/prisma/client.ts'
import { type Limits, said } from './limits.ts'
import type { RowCode } from './row-codes.ts'

type Fault = [code: RowCode | 'BLANK' | 'TOO_LONG', message: string]

/** What is wrong with a value; undefined where nothing is. */
export function faultOf(limits: Limits, value: unknown): Fault | undefined {
  const text = plainText(value)
  if (text === undefined) return undefined
  const length = [...text].length
  if (limits.maxLength !== undefined && length > limits.maxLength) {
    return ['TOO_LONG', `At most ${limits.maxLength} characters; these are ${length}.`]
  }
  if (limits.minLength !== undefined && length < limits.minLength) {
    return length === 0
      ? ['BLANK', 'It must say something.']
      : ['TOO_SHORT', `At least ${limits.minLength} characters.`]
  }
  if (!isInRange(limits, text)) return ['OUT_OF_RANGE', `It is ${said(limits)}.`]
  const { not, oneOf } = limits
  const isAllowed = !(oneOf && !oneOf.some((each) => isSame(each, value))) && !(not !== undefined && isSame(not, value))
  return isAllowed ? undefined : ['INVALID_VALUE', `It is ${said(limits)}.`]
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}

function isInRange({ from, to, above, below }: Limits, text: string): boolean {
  if (from === undefined && to === undefined && above === undefined && below === undefined) return true
  const number = new Prisma.Decimal(text)
  return (
    (from === undefined || number.gte(from)) &&
    (to === undefined || number.lte(to)) &&
    (above === undefined || number.gt(above)) &&
    (below === undefined || number.lt(below))
  )
}

function isSame(wanted: string, value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return new Prisma.Decimal(wanted).eq(String(value))
  return wanted === value
}
