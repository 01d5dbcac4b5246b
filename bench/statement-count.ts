import type pg from 'pg'
import { z } from 'zod'
import type { Asker } from './load.ts'

/** What PostgreSQL counted for one request. */
export interface StatementCount {
  /** With BEGIN and COMMIT, without statements inside functions. */
  statements: number
  /** Time of the planner, in microseconds. */
  planMicros: number
}

const requests = 20
const sums = z.tuple([z.object({ calls: z.coerce.number(), micros: z.coerce.number() })])

/** Sends some requests, one after the other, with the planner's time tracked: tracking is off while load is measured. */
export async function countStatements(client: pg.Client, asker: Asker): Promise<StatementCount> {
  await trackPlanning(client, 'on')
  try {
    await asker.askNext(requests)
    await client.query('select pg_stat_statements_reset()')
    await asker.askNext(requests)
    const { rows } = await client.query(
      `select coalesce(sum(calls), 0) as calls, coalesce(sum(total_plan_time), 0) * 1000 as micros
       from pg_stat_statements where query not like '%pg_stat_statements%'`,
    )
    const [{ calls, micros }] = sums.parse(rows)
    return { statements: calls / requests, planMicros: micros / requests }
  } finally {
    await trackPlanning(client, 'off')
  }
}

/** For running sessions too: each takes the setting over before its next statement. */
async function trackPlanning(client: pg.Client, value: 'on' | 'off'): Promise<void> {
  await client.query(`alter system set pg_stat_statements.track_planning = ${value}`)
  await client.query('select pg_reload_conf()')
}
