import type { ReadinessCheck } from '../observability/health.ts'
import type { Database } from './client.ts'
import type { Migrations } from './migrations.ts'

/** Ready: the database answers, and no migration is missing. Once current, migrations are not asked about again. */
export function readiness(database: Database, migrations: Migrations): ReadinessCheck {
  let current = false
  return async () => {
    try {
      await database.ping()
      current ||= (await migrations.pending()).length === 0
    } catch {
      return 'the database does not answer'
    }
    return current ? undefined : 'migrations are missing: npm run migrate'
  }
}
