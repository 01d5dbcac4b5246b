import { Prisma } from '../../generated/prisma/client.ts'
import type { Transactions } from './transaction.ts'

/** How long something is kept, and what removes it. */
export interface RetentionRule {
  /** `idempotency keys`: as reports and the label of the metric name it. */
  readonly name: string
  /** `24 hours` */
  readonly keep: string
  /** How much its time is over for. */
  count(): Promise<number>
  /** Removes that. Returns how much it was. */
  apply(): Promise<number>
}

/** Rows of one table that are kept for a while. */
export interface KeptRows {
  readonly name: string
  readonly keep: string
  /** With its schema. */
  readonly table: string
  /** Whether the time of a row is over. */
  readonly isOver: Prisma.Sql
}

/** So many rows are deleted in one transaction. */
const atOnce = 10_000

/** Several processes may apply it at once: what another one has deleted is gone, and counts once. */
export function ruleOfRows({ name, keep, table, isOver }: KeptRows, transactions: Transactions): RetentionRule {
  const from = Prisma.raw(table)
  const count = () => transactions.run((tx) => tx.$executeRaw`select 1 from ${from} where ${isOver}`)
  const deleteSome = () =>
    transactions.run(
      (tx) => tx.$executeRaw`
        delete from ${from}
        where ctid = any(array(select ctid from ${from} where ${isOver} limit ${atOnce}))`,
    )
  return {
    name,
    keep,
    count,
    apply: async () => {
      let all = 0
      for (let deleted = atOnce; deleted === atOnce; ) {
        deleted = await deleteSome()
        all += deleted
      }
      return all
    },
  }
}
