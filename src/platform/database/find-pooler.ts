import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import { throughPooler } from './pooler.ts'
import { withClient } from './with-client.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: protocol_violation, as which PgBouncer refuses `options`. */
const refusedState = '08P01'
const refusalWords = /startup parameter/i

/** A pooler refuses the settings with which a session begins. */
export function isRefusedSession(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === refusedState && refusalWords.test(error.message)
}

/**
 * The URL in the form in which sessions are opened: unchanged for PostgreSQL itself, else with what the pooler in between
 * can do. Throws where the database does not answer and no setting says what is in between.
 */
export async function findPooler(url: string, pooler: 'none' | 'transaction' | undefined): Promise<string> {
  if (pooler === 'none' || (pooler === undefined && !(await isPooled(url)))) return url
  return throughPooler(url, { keepsNames: await keepsNames(url) })
}

/** Whether this connection has a session of PostgreSQL to itself. */
export async function hasOwnSession(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select pg_backend_pid() as "pid"')
  const [{ pid }] = z.tuple([z.object({ pid: z.number() })]).parse(rows)
  // What the connection was told at its start; poolers tell a number of their own. The types of pg leave it out.
  return pid === Reflect.get(client, 'processID')
}

/** Whether what answers at this URL is no session of PostgreSQL itself with the settings that it was sent. */
export async function isPooled(url: string): Promise<boolean> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query(`select current_setting('search_path') = 'pg_catalog' as "hasSettings"`)
      const [{ hasSettings }] = z.tuple([z.object({ hasSettings: z.boolean() })]).parse(rows)
      return !hasSettings || !(await hasOwnSession(client))
    })
  } catch (error) {
    if (isRefusedSession(error)) return true
    throw error
  }
}

/**
 * Whether named statements outlive a transaction. A pooler that keeps them for its clients gives them names of its own; any
 * other passes on the name, which would be known to one session of many.
 */
async function keepsNames(url: string): Promise<boolean> {
  const name = `frontdoor_${randomUUID()}`
  try {
    return await withClient(throughPooler(url, { keepsNames: true }), async (client) => {
      await client.query('begin')
      const text = `select name from pg_prepared_statements where statement like '%${name}%'`
      const { rows } = await client.query({ name, text })
      const passed = z.array(z.object({ name: z.string() })).parse(rows)
      const isPassedOn = passed.some((statement) => statement.name === name)
      if (isPassedOn) await client.query(`deallocate "${name}"`)
      await client.query('commit')
      return passed.length > 0 && !isPassedOn
    })
  } catch {
    return false
  }
}
