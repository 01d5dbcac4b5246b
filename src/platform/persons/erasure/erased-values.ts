import { createHash } from 'node:crypto'
import { referenceExists } from '../../mutations/rows/row-statements.ts'
import type { Duty, PersonalColumn } from '../../privacy/map/personal-data.ts'
import { columnSql, type SubjectModel, type TextRow } from '../../privacy/map/subject-rows.ts'

type Values = TextRow['values']

/** The personal fields of a model, with what the map says of each. */
export function personalFields({
  personal: { columns },
}: SubjectModel): [field: string, of: PersonalColumn<string, string>][] {
  return Object.entries(columns).flatMap(([field, of]) => (of ? [[field, of]] : []))
}

/** What stands in the personal columns of a row after an erasure. */
export function erasedValues(of: SubjectModel, key: string): Values {
  const mark = createHash('sha256').update(`${of.model} ${key}`).digest('hex').slice(0, 32)
  return Object.fromEntries(
    personalFields(of).map(([field, { erased = null }]) => [
      field,
      typeof erased === 'function' ? erased(mark) : erased,
    ]),
  )
}

/** Those values of a row that are not erased already; fields that are empty have none. */
export function remainingValues(values: Values, erased: Values): Record<string, string> {
  const remaining = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1].trimEnd() !== erased[entry[0]],
  )
  return Object.fromEntries(remaining)
}

/** Until which day a duty keeps a row, in SQL over `t`: null where none does. */
export function dutyEndsSql({ model, personal }: SubjectModel, duties: Readonly<Record<string, Duty>>): string {
  const years = dutyYears({ model, personal }, duties)
  if (years === 0) return 'null::date'
  const from = personal.dutyFrom === undefined ? 'now()' : columnSql(model, 't', personal.dutyFrom)
  const ends = `(${from} + interval '${years} years')::date`
  const until = `case when ${ends} > current_date then ${ends} end`
  if (personal.dutyIf === undefined) return until
  return `case when ${referenceExists(model, personal.dutyIf)} then ${until} end`
}

function dutyYears(of: SubjectModel, duties: Readonly<Record<string, Duty>>): number {
  const kept = personalFields(of).flatMap(([, { keptBy }]) =>
    keptBy === undefined ? [] : [duties[keptBy]?.years ?? 0],
  )
  return Math.max(0, ...kept)
}
