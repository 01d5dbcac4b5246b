import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { fieldsOf } from '../../database/data-model.ts'
import { physicalNames } from '../../database/physical-names.ts'
import type { Transaction, Transactions } from '../../database/transaction.ts'
import type { PersonalData, SubjectRow } from '../../privacy/map/personal-data.ts'
import {
  columnSql,
  deleteRows,
  lockRows,
  modelsOf,
  type SubjectModel,
  type TextRow,
  writeRows,
} from '../../privacy/map/subject-rows.ts'
import { dutyEndsSql, erasedValues, personalFields, remainingValues } from './erased-values.ts'
import type { HeldRow, HeldValues } from './held-values.ts'

interface Parts {
  data: PersonalData
  transactions: Transactions
  held: HeldValues
  /** Throws where the work is to stop: another process goes on. */
  stopped: AbortSignal
  /** Records progress, in the transaction of each batch. */
  onBatch: (tx: Transaction, rows: number) => Promise<void>
}

/** What becomes of one row. Undefined where nothing is to be done. */
interface Change {
  /** Its new values; undefined where the row is deleted. */
  readonly write?: Pick<TextRow, 'key' | 'values'>
  readonly isDeleted?: true
  readonly hold: HeldRow
}

/** `taken` has held values that are unique and that another row has meanwhile: field and value. */
type Decide = (
  of: SubjectModel,
  row: TextRow,
  held: HeldRow | undefined,
  taken: ReadonlySet<string>,
) => Change | undefined

/** So many rows are locked at once. Other requests wait for the server and the database no longer than a batch of them takes. */
const batchRows = 50
/** New rows of the person may come while the first are erased. */
const mostPasses = 10

/**
 * Erases, restricts or releases all rows of a person, model by model, each batch in a transaction of its own: others wait
 * for none of it. A row that is done is passed over, so that the work can begin again after a kill.
 */
export class PersonRows {
  readonly #parts: Parts
  readonly #subject: SubjectRow

  constructor(parts: Parts, subject: SubjectRow) {
    this.#parts = parts
    this.#subject = subject
  }

  /**
   * Overwrites every personal value. What a duty keeps is held until its day, or until `keepUntil` (an ISO date) where that is
   * later, and never shorter than an erasure before this one has said.
   */
  async erase(keepUntil: string | undefined): Promise<void> {
    await this.#all((of, row, held) => {
      const erased = erasedValues(of, row.key)
      const remaining = { ...held?.values, ...remainingValues(row.values, erased) }
      const ends = later(row.dutyEnds, held?.keepUntil)
      const values = ends === undefined ? {} : dutifulValues(of, remaining)
      const hold = { key: row.key, values, keepUntil: later(ends, keepUntil) }
      if (of.personal.isDeleted) return { isDeleted: true, hold }
      return isWritten(row, erased) && isHeld(held, hold)
        ? undefined
        : { write: { key: row.key, values: erased }, hold }
    })
  }

  /** Takes every personal value out of use. */
  async restrict(): Promise<void> {
    await this.#all((of, row, held) => {
      const erased = erasedValues(of, row.key)
      if (held?.keepUntil !== undefined || isWritten(row, erased)) return undefined
      const values = { ...held?.values, ...remainingValues(row.values, erased) }
      return { write: { key: row.key, values: erased }, hold: { key: row.key, values, keepUntil: undefined } }
    })
  }

  /** Puts the values back that `restrict` took out. A value that came meanwhile stays, and one that another row has is held. */
  async release(): Promise<void> {
    await this.#all((of, row, held, taken) => {
      if (!held || held.keepUntil !== undefined) return undefined
      const [back, kept] = parted(held.values, (field) => !taken.has(`${field} ${held.values[field]}`))
      if (Object.keys(back).length === 0) return undefined
      const values = { ...row.values, ...back, ...remainingValues(row.values, erasedValues(of, row.key)) }
      return { write: { key: row.key, values }, hold: { key: row.key, values: kept, keepUntil: undefined } }
    })
  }

  async #all(decide: Decide): Promise<void> {
    for (let pass = 0; pass < mostPasses; pass++) {
      let changed = 0
      for (const of of changedModels(this.#parts.data, this.#subject)) changed += await this.#model(of, decide)
      if (changed === 0) return
    }
    throw new Error('rows of the person come faster than they are erased')
  }

  /** Returns how many rows were changed. */
  async #model(of: SubjectModel, decide: Decide): Promise<number> {
    let changed = 0
    let after: readonly string[] | undefined
    do {
      this.#parts.stopped.throwIfAborted()
      const begun = performance.now()
      const batch = await this.#parts.transactions.run((tx) => this.#batch(tx, of, decide, after))
      changed += batch.changed
      after = batch.last
      // The other half of the time belongs to other requests.
      if (after) await pause(performance.now() - begun)
    } while (after)
    return changed
  }

  async #batch(tx: Transaction, of: SubjectModel, decide: Decide, after: readonly string[] | undefined) {
    const { data, held, onBatch } = this.#parts
    const fields = personalFields(of).map(([field]) => field)
    const { rows, last } = await lockRows(tx, of, this.#subject, {
      fields,
      dutyEnds: dutyEndsSql(of, data.duties),
      after,
      size: batchRows,
    })
    const keys = rows.map(({ key }) => key)
    const known = await held.of(tx, this.#subject, of.model, keys)
    // Only values of restricted people are put back.
    const restricted = [...known.values()].filter(({ keepUntil }) => keepUntil === undefined)
    const taken = await takenValues(tx, of, restricted)
    const changes = rows.flatMap((row) => decide(of, row, known.get(row.key), taken) ?? [])
    await writeRows(
      tx,
      of,
      fields,
      changes.flatMap(({ write }) => write ?? []),
    )
    await deleteRows(
      tx,
      of,
      changes.flatMap(({ isDeleted, hold }) => (isDeleted ? [hold.key] : [])),
    )
    await held.replace(
      tx,
      this.#subject,
      of.model,
      changes.map(({ hold }) => hold),
    )
    if (changes.length > 0) await onBatch(tx, changes.length)
    return { changed: changes.length, last: rows.length < batchRows ? undefined : last }
  }
}

const values = z.array(z.object({ value: z.string() }))

async function takenValues(tx: Transaction, { model }: SubjectModel, held: readonly HeldRow[]): Promise<Set<string>> {
  const unique = [...fieldsOf(model)].flatMap(([name, field]) =>
    field.kind === 'scalar' && field.isUnique ? [name] : [],
  )
  const taken = new Set<string>()
  for (const field of unique) {
    const asked = held.flatMap((row) => row.values[field] ?? [])
    if (asked.length === 0) continue
    const column = columnSql(model, 't', field)
    const found = await tx.$queryRawUnsafe(
      `select ${column}::text as "value" from ${physicalNames(model).name} t where ${column} = any($1)`,
      asked,
    )
    for (const { value } of values.parse(found)) taken.add(`${field} ${value}`)
  }
  return taken
}

function parted(values: HeldRow['values'], test: (field: string) => boolean): [HeldRow['values'], HeldRow['values']] {
  const entries = Object.entries(values)
  return [
    Object.fromEntries(entries.filter(([field]) => test(field))),
    Object.fromEntries(entries.filter(([field]) => !test(field))),
  ]
}

/** Rows without personal values stay as they are. */
function changedModels(data: PersonalData, { type }: SubjectRow): SubjectModel[] {
  return modelsOf(data, type).filter((of) => of.personal.isDeleted || personalFields(of).length > 0)
}

/** Whether every personal value of a row is erased. */
function isWritten({ values }: TextRow, erased: TextRow['values']): boolean {
  return Object.keys(remainingValues(values, erased)).length === 0
}

/** Whether that is held already; nothing is held of a row without values. */
function isHeld(held: HeldRow | undefined, { values, keepUntil }: HeldRow): boolean {
  if (!held) return Object.keys(values).length === 0
  return held.keepUntil === keepUntil && isDeepStrictEqual(held.values, values)
}

function dutifulValues(of: SubjectModel, values: Readonly<Record<string, string>>): Record<string, string> {
  const kept = personalFields(of).flatMap(([field, { keptBy }]) => {
    const value = values[field]
    return keptBy === undefined || value === undefined ? [] : [[field, value] as const]
  })
  return Object.fromEntries(kept)
}

function later(date: string | undefined, other: string | undefined): string | undefined {
  if (date === undefined || other === undefined) return date ?? other
  return date > other ? date : other
}
