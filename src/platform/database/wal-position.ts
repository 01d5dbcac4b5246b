import { z } from 'zod'

/** A place in the write-ahead log of a PostgreSQL cluster. Places of other clusters or timelines do not compare. */
export interface WalPosition {
  /** The cluster's system identifier. */
  readonly cluster: string
  /** Begins anew with each promotion of a replica: https://www.postgresql.org/docs/current/continuous-archiving.html */
  readonly timeline: number
  /** The log sequence number, in bytes. */
  readonly lsn: bigint
}

/** A place that is not known: no replica is sure to be there. */
export type SeenPosition = WalPosition | 'unknown'

/**
 * Behind every transaction that has committed. The insert position and not the flushed one: with `synchronous_commit=off`
 * a commit is not flushed yet when it returns.
 */
export const insertPosition = positionSql('pg_current_wal_insert_lsn()')

/**
 * Behind every transaction that is visible, up to 0.6 s later with `synchronous_commit=off`. A replica can reach it, since
 * only what is flushed is sent.
 */
export const flushPosition = positionSql('pg_current_wal_flush_lsn()')

const hexadecimalDigits = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/

/** PostgreSQL's text of a log sequence number: `16/B374D848`. */
export const lsn = z
  .string()
  .regex(hexadecimalDigits)
  .transform((text) => {
    const [, high = '0', low = '0'] = hexadecimalDigits.exec(text) ?? []
    return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
  })

const row = z.tuple([
  z.object({ cluster: z.string(), timeline: z.string().transform((digits) => Number.parseInt(digits, 16)), lsn }),
])

/** The position in the row of `insertPosition` or `flushPosition`. */
export function positionIn(rows: unknown): WalPosition {
  return row.parse(rows)[0]
}

export function isComparable(one: WalPosition, other: WalPosition): boolean {
  return one.cluster === other.cluster && one.timeline === other.timeline
}

/** Where everything is visible that is visible at both. */
export function laterOf(one: SeenPosition, other: SeenPosition): SeenPosition {
  if (one === 'unknown' || other === 'unknown' || !isComparable(one, other)) return 'unknown'
  return one.lsn > other.lsn ? one : other
}

/** The name of a segment of the log begins with the timeline, in eight hexadecimal digits. */
function positionSql(lsnNow: string): string {
  return `select system_identifier::text as "cluster", left(pg_walfile_name(${lsnNow}), 8) as "timeline",
      ${lsnNow}::text as "lsn"
    from pg_control_system()`
}
