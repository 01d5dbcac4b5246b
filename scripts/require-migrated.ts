import type { Migrations } from '../src/platform/database/migrations.ts'

/** For commands that use the newest tables. */
export async function requireMigrated(migrations: Migrations): Promise<void> {
  const [pending] = await migrations.pending()
  if (pending !== undefined) throw new Error(`The database lacks migrations, the first is ${pending}: npm run migrate`)
}
