import type pg from 'pg'
import { z } from 'zod'
import type { Asker } from './load.ts'

const requests = 20
const sum = z.tuple([z.object({ calls: z.coerce.number() })])

/** Statements of a request as PostgreSQL counts them: with BEGIN and COMMIT, without those inside functions. */
export async function countStatements(client: pg.Client, asker: Asker): Promise<number> {
  await client.query('select pg_stat_statements_reset()')
  await asker.askNext(requests)
  const { rows } = await client.query(
    `select coalesce(sum(calls), 0) as calls from pg_stat_statements where query not like '%pg_stat_statements%'`,
  )
  return sum.parse(rows)[0].calls / requests
}
