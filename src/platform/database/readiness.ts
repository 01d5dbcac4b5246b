import pg from 'pg'
import type { Database } from './client.ts'
import type { Migrations } from './migrations.ts'

/** Why the server cannot serve. */
export interface Unready {
  reason: string
  /** The database's own message, for the operator only: clients never see it. */
  said?: string
}

/** Why the server cannot serve, or undefined. Load balancers ask every few seconds, so a check must be cheap. */
export type ReadinessCheck = () => Promise<Unready | undefined>

/** What the server has found out at its start. */
interface Started {
  isReadingOnly: boolean
  /** Where the database did not answer then: whether what the server assumes of it holds. */
  isAsAssumed: (() => Promise<boolean>) | undefined
}

const lacksRights = { reason: 'the database role lacks rights: npm run migrate' }
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: insufficient_privilege */
const deniedState = '42501'
/** PgBouncer's, in statement mode. */
const poolingWords = /statement pooling mode/

/**
 * Ready means: the database responds, no migration is missing, and the server role has its rights. A check that has
 * passed once is not repeated.
 */
export function readiness(
  database: Database,
  migrations: Migrations,
  isPrivileged: () => Promise<boolean>,
  { isReadingOnly, isAsAssumed }: Started,
): ReadinessCheck {
  // A database that is opened for reading has no tables of the platform.
  let current = isReadingOnly
  let privileged = isReadingOnly
  let assumed = isAsAssumed !== undefined
  return async () => {
    try {
      await database.ping()
      if (assumed && isAsAssumed) assumed = !(await isAsAssumed())
      if (assumed) return { reason: 'the database was not there when the server started: restart the server' }
      current ||= (await migrations.pending()).length === 0
      if (!current) return { reason: 'migrations are missing: npm run migrate' }
      privileged ||= await isPrivileged()
      return privileged ? undefined : lacksRights
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === deniedState) return lacksRights
      const said = wordsOf(error)
      const reason = poolingWords.test(said) ? 'the pooler must be in transaction mode' : 'the database does not answer'
      return { reason, said }
    }
  }
}

/** A host name with several addresses fails once for each, in an error without a message of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ')
  return error instanceof Error ? error.message : String(error)
}
