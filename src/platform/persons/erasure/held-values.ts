import { z } from 'zod'
import { Prisma } from '../../../generated/prisma/client.ts'
import type { Transaction } from '../../database/transaction.ts'
import type { SubjectRow } from '../../privacy/map/personal-data.ts'
import type { Sealer } from '../../privacy/sealer.ts'

/** Personal values that are out of use, of one row. */
export interface HeldRow {
  readonly key: string
  readonly values: Readonly<Record<string, string>>
  /** An ISO date; undefined while the person is restricted. */
  readonly keepUntil: string | undefined
}

const valuesJson = z.record(z.string(), z.string())
const heldRows = z.array(
  z.object({
    key: z.string(),
    sealed: z.instanceof(Uint8Array),
    keepUntil: z.string().nullable(),
  }),
)

/**
 * Personal values that nobody may use for now: those of restricted people, and those that a law keeps after an erasure. They
 * stand encrypted in a table that no field of the API reads (GDPR, recital 67: moved to another system).
 */
export class HeldValues {
  readonly #sealer: Sealer

  constructor(sealer: Sealer) {
    this.#sealer = sealer
  }

  /** Held rows of a person of one model, or those of them with these keys, by key. */
  async of(
    tx: Transaction,
    { type, key }: SubjectRow,
    model: string,
    keys?: readonly string[],
  ): Promise<Map<string, HeldRow>> {
    const among = keys ? Prisma.sql`and row_key = any(${keys}::text[])` : Prisma.empty
    const rows = await tx.$queryRaw`
      select row_key as "key", values_enc as "sealed", keep_until::text as "keepUntil"
      from platform.pf_held_value where subj_type = ${type} and subj_key = ${key} and row_type = ${model} ${among}`
    return new Map(heldRows.parse(rows).map((row) => [row.key, this.#opened(row)]))
  }

  /** Replaces what is held of these rows. A row without values is no longer held. */
  async replace(tx: Transaction, { type, key }: SubjectRow, model: string, rows: readonly HeldRow[]): Promise<void> {
    if (rows.length === 0) return
    const kept = rows
      .filter(({ values }) => Object.keys(values).length > 0)
      .map((row) => ({
        key: row.key,
        until: row.keepUntil ?? null,
        sealed: Buffer.from(this.#sealer.seal(JSON.stringify(row.values))).toString('hex'),
      }))
    await tx.$executeRaw`
      delete from platform.pf_held_value
      where row_type = ${model} and row_key = any(${rows.map((row) => row.key)}::text[])`
    if (kept.length === 0) return
    await tx.$executeRaw`
      insert into platform.pf_held_value (row_type, row_key, subj_type, subj_key, values_enc, keep_until)
      select ${model}, r.key, ${type}, ${key}, decode(r.sealed, 'hex'), r.until
      from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) as r(key text, sealed text, until date)`
  }

  #opened({ key, sealed, keepUntil }: z.infer<typeof heldRows>[number]): HeldRow {
    return {
      key,
      values: valuesJson.parse(JSON.parse(this.#sealer.open(sealed))),
      keepUntil: keepUntil ?? undefined,
    }
  }
}
