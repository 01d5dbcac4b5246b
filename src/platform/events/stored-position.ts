import { z } from 'zod'
import type { Transaction } from '../database/transaction.ts'

const row = z.tuple([z.object({ position: z.coerce.number() })])

/** The position of a consumer that begins with the oldest event that is kept. Replicas share it by its name. */
export async function readPosition(tx: Transaction, name: string): Promise<number> {
  await tx.$executeRaw`
    insert into platform.pf_feed_consumer (consumer_nm, last_pos) select ${name}, dropped_pos from platform.pf_feed
    on conflict (consumer_nm) do nothing`
  const [{ position }] = row.parse(
    await tx.$queryRaw`select last_pos as "position" from platform.pf_feed_consumer where consumer_nm = ${name}`,
  )
  return position
}

export async function storePosition(tx: Transaction, name: string, position: number): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_feed_consumer set last_pos = ${position}, updated_ts = now() where consumer_nm = ${name}`
}
