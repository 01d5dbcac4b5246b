import { Prisma } from '../../generated/prisma/client.ts'

/** Drops partitions of the outbox whose events are older than `keepDays` (0 keeps all), and makes those of the next days. */
export function partitionOutbox(keepDays: number): Prisma.Sql {
  return Prisma.sql`select platform.pf_outbox_partition(${keepDays}::integer)`
}
