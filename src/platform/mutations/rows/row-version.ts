import { fieldsOf, type Model } from '../../database/data-model.ts'
import { momentIn } from '../../database/moment.ts'
import type { TimeZone } from '../../database/time-zone.ts'
import type { RowState } from './row-statements.ts'

/** A column that changes with every write of a row: a number, or the time of the last write. */
export interface RowVersion {
  readonly field: string
  /** The input with the version that the caller saw. */
  readonly input: string
  /** Whether a new row must say it, because the table gives it no default. */
  readonly isGiven?: boolean
}

/** Whether the row still has the version that the input names. */
export function sameVersion(
  model: Model,
  version: RowVersion,
  { row, input, zone }: { row: RowState; input: object; zone: TimeZone },
): boolean {
  const expected: unknown = Reflect.get(input, version.input)
  const current = row[version.field]
  if (current === null) return expected === null || expected === undefined
  if (expected instanceof Date) return momentOf(current, zone) === expected.getTime()
  return isTime(model, version)
    ? momentOf(expected, zone) === momentOf(current, zone)
    : String(expected) === String(current)
}

/** The version behind that of the row; times go on even if the clock does not. */
export function nextVersion(
  model: Model,
  version: RowVersion,
  { row, now, zone }: { row: RowState | undefined; now: Date; zone: TimeZone },
): unknown {
  const current = row?.[version.field] ?? undefined
  if (!isTime(model, version)) return current === undefined ? 0 : String(BigInt(String(current)) + 1n)
  return current === undefined ? now : new Date(Math.max(now.getTime(), momentOf(current, zone) + 1))
}

function isTime(model: Model, { field: name }: RowVersion): boolean {
  const field = fieldsOf(model).get(name)
  return field?.kind === 'scalar' && field.type === 'DateTime'
}

/** In milliseconds, as clients see it. */
function momentOf(value: unknown, zone: TimeZone): number {
  return momentIn(String(value), zone).getTime()
}
