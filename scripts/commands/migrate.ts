import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../../src/platform/config/config.ts'
import { grantPrivileges } from '../../src/platform/database/grant-privileges.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'
import { openDatabase } from '../../src/platform/database/open.ts'
import { captureSql } from '../../src/platform/events/capture.ts'
import { domain } from '../../src/schema.ts'
import { requireMigrated } from '../require-migrated.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run migrate                    applies missing migrations, and gives the server's role its rights again
npm run migrate -- --grant ROLE    gives this role the rights the server needs, and takes all others from it
npm run migrate -- --create NAME   writes the next migration from the models
npm run migrate -- --capture       writes the next migration from the captures: triggers that make events of plain SQL
npm run migrate -- --check         fails where models, captures and migrations disagree`

const prismaFolder = join(import.meta.dirname, '../../prisma')

export const migrate: Command = { usage, run }

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = {
    create: { type: 'string' },
    check: { type: 'boolean' },
    capture: { type: 'boolean' },
    grant: { type: 'string' },
  } as const
  const values = readOptions(options, args)
  const database = await openDatabase(parseConfig(env))
  const migrations = new Migrations(database.ownerUrl, prismaFolder)
  try {
    if (values.check) return await check(migrations)
    if (values.capture) return await writeCaptures()
    if (values.create !== undefined) return await create(migrations, values.create)
    if (values.grant !== undefined) return await grant(migrations, database.ownerUrl, values.grant)
    const applied = await migrateDatabase(database, prismaFolder, domain.privileges)
    return applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`
  } finally {
    await database.stop()
  }
}

async function check(migrations: Migrations): Promise<string> {
  const difference = await migrations.difference()
  if (difference === undefined) return checkCaptures()
  throw new Error(`The models need a migration: npm run migrate -- --create NAME\n\n${difference}`)
}

async function grant(migrations: Migrations, ownerUrl: string, role: string): Promise<string> {
  await requireMigrated(migrations)
  await grantPrivileges(ownerUrl, role, domain.privileges)
  return `The role "${role}" may now do what the server does, and nothing else.`
}

async function create(migrations: Migrations, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error('A migration is named in lower case, such as "add_gift_cards".')
  const sql = await migrations.difference()
  if (sql === undefined) return 'Models and migrations agree: nothing to write.'
  return write(name, sql)
}

async function write(name: string, sql: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(prismaFolder, 'migrations', `${stamp}_${name}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'migration.sql'), sql)
  return `Wrote prisma/migrations/${stamp}_${name}/migration.sql; read it, then: npm run migrate`
}

const captureMigration = 'capture'

async function writeCaptures(): Promise<string> {
  const sql = captureSql(domain.captures)
  if ((await newestCaptures()) === sql) return 'Captures and migrations agree: nothing to write.'
  return write(captureMigration, sql)
}

async function checkCaptures(): Promise<string> {
  if ((await newestCaptures()) === captureSql(domain.captures)) return 'Models, captures and migrations agree.'
  throw new Error('The captures need a migration: npm run migrate -- --capture')
}

/** The SQL of the last migration that was written from captures. */
async function newestCaptures(): Promise<string | undefined> {
  const folder = join(prismaFolder, 'migrations')
  const names = (await readdir(folder)).filter((name) => name.endsWith(`_${captureMigration}`)).sort()
  const newest = names.at(-1)
  return newest === undefined ? undefined : readFile(join(folder, newest, 'migration.sql'), 'utf8')
}
