import type { Model } from '../database/data-model.ts'
import type { Expression } from '../database/reads/expression.ts'
import type { Group, GroupedRead, GroupedRow } from '../database/reads/grouped-read.ts'
import { clientError } from '../errors.ts'
import type { Dimension, Measure, ReportClock } from './vocabulary.ts'

export const reportLimits = { fallback: 100, most: 1000 } as const

/** What a report can be asked for, by the names of the schema's enums. */
export interface ReportWords {
  model: Model
  dimensions: ReadonlyMap<string, Dimension>
  measures: ReadonlyMap<string, Measure>
  /** The dimension that is the unit of amounts: amounts of two units are never added. */
  unit: string | undefined
  above: Expression | undefined
}

export interface ReportQuestion {
  by: readonly string[]
  measures: readonly string[]
  sort: { field: string; direction: 'ASC' | 'DESC' } | undefined
  first: number
  clock: ReportClock
}

/** One question to a report, as a read and as the meaning of its columns. */
export class ReportPlan {
  readonly #words: ReportWords
  readonly #question: ReportQuestion
  /** The dimensions of the rows: those of `by`, and the unit where amounts are asked for. */
  readonly #by: readonly string[]
  readonly #groups: Group[] = []
  /** The place of each dimension, and of what it is sorted by. */
  readonly #places = new Map<string, { value: number; sort: number }>()

  /** Throws for a question that cannot be answered. */
  constructor(words: ReportWords, question: ReportQuestion) {
    this.#words = words
    this.#question = question
    check(question)
    const { by, measures, clock } = question
    const { unit } = words
    const needsUnit = unit !== undefined && !by.includes(unit) && measures.some((name) => this.#measure(name).isAmount)
    this.#by = needsUnit ? [...by, unit] : by
    for (const name of this.#by) {
      const { group, sortedBy } = this.#dimension(name)
      const value = this.#groups.push(group(clock)) - 1
      this.#places.set(name, { value, sort: sortedBy ? this.#groups.push(sortedBy) - 1 : value })
    }
  }

  /** Everything that the question names, for its rules. */
  get named(): (Dimension | Measure)[] {
    const { by, measures } = this.#question
    return [...by.map((name) => this.#dimension(name)), ...measures.map((name) => this.#measure(name))]
  }

  /** One row more than asked for shows whether there are more. */
  read(where: object, withTotals: boolean): GroupedRead {
    const { first, measures } = this.#question
    const unit = this.#places.get(this.#words.unit ?? '')
    return {
      model: this.#words.model,
      where,
      above: this.#words.above,
      groups: this.#groups,
      measures: measures.map((name) => this.#measure(name).measure),
      sort: this.#sort(),
      take: first + 1,
      totals: withTotals ? { groups: unit ? [unit.value] : [] } : undefined,
    }
  }

  /** The values of a row by their names, with the key of the row that a dimension shows. */
  valuesOf({ groups, measures }: GroupedRow): ReadonlyMap<string, unknown> {
    const values = new Map<string, unknown>()
    for (const [name, { value }] of this.#places) {
      const text = groups[value] ?? null
      values.set(name, text === null ? null : this.#dimension(name).read(text))
    }
    const unit = groups[this.#places.get(this.#words.unit ?? '')?.value ?? -1] ?? ''
    for (const [at, name] of this.#question.measures.entries()) {
      values.set(name, this.#measure(name).read(measures[at], unit))
    }
    return values
  }

  /** What was asked for first, then the dimensions, so that the order is always whole. */
  #sort(): NonNullable<GroupedRead['sort']> {
    const { sort, measures } = this.#question
    const descending = sort?.direction === 'DESC'
    const rest = this.#by.filter((name) => name !== sort?.field).flatMap((name) => this.#keysOf(name, false))
    if (!sort) return rest
    if (this.#places.has(sort.field)) return [...this.#keysOf(sort.field, descending), ...rest]
    const measure = measures.indexOf(sort.field)
    if (measure < 0) {
      throw clientError(
        'BAD_USER_INPUT',
        `A report is sorted by what it shows: add ${sort.field} to \`by\` or \`measures\`.`,
      )
    }
    const unit = this.#measure(sort.field).isAmount ? this.#keysOf(this.#words.unit ?? '', false) : []
    return [...unit, { measure, descending }, ...rest]
  }

  #keysOf(name: string, descending: boolean) {
    const place = this.#places.get(name)
    if (!place) return []
    const keys = place.sort === place.value ? [place.value] : [place.sort, place.value]
    return keys.map((group) => ({ group, descending }))
  }

  #dimension(name: string): Dimension {
    return this.#words.dimensions.get(name) ?? unknown(name)
  }

  #measure(name: string): Measure {
    return this.#words.measures.get(name) ?? unknown(name)
  }
}

function check({ by, measures, first }: ReportQuestion): void {
  if (measures.length === 0) throw clientError('BAD_USER_INPUT', '`measures` must name at least one measure.')
  for (const [argument, names] of Object.entries({ by, measures })) {
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    if (twice !== undefined) throw clientError('BAD_USER_INPUT', `\`${argument}\` names ${twice} twice.`)
  }
  if (first < 0 || first > reportLimits.most) {
    throw clientError(
      'INVALID_PAGE_SIZE',
      `\`first\` of a report goes from 0 to ${reportLimits.most}; ${first} was asked for.`,
    )
  }
}

function unknown(name: string): never {
  throw new Error(`the report has no word ${name}`)
}
