import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import type { RetentionRule } from '../database/retention-rule.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'

/** Drops partitions of the outbox whose events are older than `keepDays` (0 keeps all), and makes those of the next days. */
export function partitionOutbox(keepDays: number): Prisma.Sql {
  return Prisma.sql`select platform.pf_outbox_partition(${keepDays}::integer) as "dropped"`
}

export function keptEvents(keepDays: number): Pick<RetentionRule, 'name' | 'keep'> {
  return { name: 'days of events', keep: keepDays === 0 ? 'for ever' : `${keepDays} days` }
}

const dropped = z.tuple([z.object({ dropped: z.number() })])

/** Events go by the day: each partition of the outbox is dropped whole. */
export function ruleOfEvents(keepDays: number, transactions: Transactions): RetentionRule {
  return {
    ...keptEvents(keepDays),
    count: async () => (keepDays === 0 ? 0 : transactions.run((tx) => countOldDays(tx, keepDays))),
    apply: async () =>
      dropped.parse(await transactions.run((tx) => tx.$queryRaw(partitionOutbox(keepDays))))[0].dropped,
  }
}

const counted = z.tuple([z.object({ count: z.bigint() })])

async function countOldDays(tx: Transaction, keepDays: number): Promise<number> {
  const rows = await tx.$queryRaw`
    select count(*) as "count" from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'platform.pf_outbox'::regclass and c.relname ~ '^pf_outbox_[0-9]{8}_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') <= current_date - ${keepDays}::int`
  return Number(counted.parse(rows)[0].count)
}
