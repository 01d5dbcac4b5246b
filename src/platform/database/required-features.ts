import type pg from 'pg'
import { withClient } from './with-client.ts'

interface Feature {
  name: string
  /** Statements that fail without it; what they do is rolled back. */
  tries: string
}

/** What the tables of the platform ask of PostgreSQL. Databases that only speak its protocol may lack some of it. */
const required: readonly Feature[] = [
  { name: 'the order of transactions (pg_current_xact_id, pg_snapshot_xmin)', tries: transactionIds() },
  { name: 'advisory locks', tries: 'select pg_catalog.pg_advisory_xact_lock(0)' },
  { name: 'notifications (LISTEN, NOTIFY)', tries: 'listen frontdoor_probe; notify frontdoor_probe' },
  { name: 'triggers with transition tables', tries: transitionTables() },
]

function transactionIds(): string {
  return 'select pg_catalog.pg_current_xact_id(), pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())'
}

function transitionTables(): string {
  return `create temporary table frontdoor_probe (id int);
    create function pg_temp.frontdoor_probe() returns trigger language plpgsql as 'begin return null; end';
    create trigger frontdoor_probe after insert on frontdoor_probe referencing new table as added
      for each statement execute function pg_temp.frontdoor_probe()`
}

/** The names of the features that the database lacks. It tries them as this role. */
export function missingFeatures(url: string, features = required): Promise<string[]> {
  return withClient(url, async (client) => {
    const missing: string[] = []
    for (const { name, tries } of features) if (!(await works(client, tries))) missing.push(name)
    return missing
  })
}

async function works(client: pg.ClientBase, tries: string): Promise<boolean> {
  try {
    await client.query(`begin; ${tries}`)
    return true
  } catch {
    return false
  } finally {
    await client.query('rollback')
  }
}
