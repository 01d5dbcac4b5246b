import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Config, parseConfig } from '../../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { grantPrivileges } from '../../src/platform/database/grant-privileges.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'
import { type OpenDatabase, openDatabase } from '../../src/platform/database/open.ts'
import { powersAt } from '../../src/platform/database/role-powers.ts'
import { placeOf } from '../../src/platform/database/urls.ts'
import { captureSql } from '../../src/platform/events/capture.ts'
import { domain } from '../../src/schema.ts'
import { saidDifferences } from '../adopt/compare-tables.ts'
import { differencesFrom } from '../adopt/served-tables.ts'
import { requireMigrated } from '../require-migrated.ts'
import { type Command, readOptions } from '../run-script.ts'

const usage = `npm run migrate                    applies missing migrations, and gives the server's role its rights again
npm run migrate -- --grant ROLE    gives this role the rights the server needs, and takes all others from it
npm run migrate -- --create NAME   writes the next migration from the models
npm run migrate -- --capture       writes the next migration from the captures: triggers that make events of plain SQL
npm run migrate -- --check         fails where models, captures and migrations disagree, or tables of another system`

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
  if (values.capture) return writeCaptures()
  const config = parseConfig(env)
  const database = await openDatabase(config)
  try {
    if (values.check) {
      const agreed = await onScratchServer(config, database.ownerUrl, check)
      return [agreed, await checkTables(database)].join('\n\n').trim()
    }
    const { create: name } = values
    if (name !== undefined) return await onScratchServer(config, database.ownerUrl, (url) => create(url, name))
    if (values.grant !== undefined) return await grant(database.ownerUrl, values.grant)
    const applied = await migrateDatabase(database, prismaFolder, domain)
    return applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.join(', ')}.`
  } finally {
    await database.stop()
  }
}

/**
 * Uses a server where migrations can be replayed in a database of their own: that of the database, or the embedded one
 * where the owner role may make no databases.
 */
async function onScratchServer(
  config: Config,
  ownerUrl: string,
  use: (url: string) => Promise<string>,
): Promise<string> {
  const { powers } = await powersAt(ownerUrl)
  if (powers.includes('is a superuser') || powers.includes('may create databases')) return use(ownerUrl)
  const embedded = await openEmbeddedDatabase({ dataDir: config.dataDir })
  try {
    return await use(embedded.ownerUrl)
  } finally {
    await embedded.stop()
  }
}

async function check(url: string): Promise<string> {
  const difference = await new Migrations(url, prismaFolder, domain.name).difference()
  if (difference === undefined) return checkCaptures()
  throw new Error(`The models need a migration: npm run migrate -- --create NAME\n\n${difference}`)
}

/** Models of tables that another system owns, where there is a database with them. */
async function checkTables({ url, embedded }: OpenDatabase): Promise<string> {
  const found = embedded ? undefined : await differencesFrom(url, prismaFolder)
  if (!found) return ''
  const said = saidDifferences(found)
  if (found.breaks.length > 0) throw new Error(`The tables of ${placeOf(url)} are not as the models say.\n\n${said}`)
  return said ?? `The tables of ${placeOf(url)} are as the models say.`
}

async function grant(ownerUrl: string, role: string): Promise<string> {
  await requireMigrated(new Migrations(ownerUrl, prismaFolder, domain.name))
  await grantPrivileges(ownerUrl, role, domain.privileges)
  return `The role "${role}" may now do what the server does, and nothing else.`
}

/** What the platform's models need goes into its own migration, and the rest into the domain's. */
async function create(url: string, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error('A migration is named in lower case, such as "add_gift_cards".')
  const ofPlatform = await new Migrations(url, prismaFolder).difference()
  const written = [ofPlatform && (await write('platform', name, ofPlatform))]
  const ofDomain = await new Migrations(url, prismaFolder, domain.name).difference()
  written.push(ofDomain && (await write(domain.name, name, ofDomain)))
  return written.filter(Boolean).join('\n') || 'Models and migrations agree: nothing to write.'
}

async function write(owner: string, name: string, sql: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const path = join('migrations', owner, `${stamp}_${name}`, 'migration.sql')
  await mkdir(dirname(join(prismaFolder, path)), { recursive: true })
  await writeFile(join(prismaFolder, path), sql)
  return `Wrote prisma/${path}; read it, then: npm run migrate`
}

const captureMigration = 'capture'

async function writeCaptures(): Promise<string> {
  if (await areCaptured()) return 'Captures and migrations agree: nothing to write.'
  return write(domain.name, captureMigration, captureSql(domain.captures))
}

async function checkCaptures(): Promise<string> {
  if (await areCaptured()) return 'Models, captures and migrations agree.'
  throw new Error('The captures need a migration: npm run migrate -- --capture')
}

/** Whether the domain's last migration of captures makes those that there are. */
async function areCaptured(): Promise<boolean> {
  const folder = join(prismaFolder, 'migrations', domain.name)
  const names = await readdir(folder).catch(() => [])
  const newest = names
    .filter((name) => name.endsWith(`_${captureMigration}`))
    .sort()
    .at(-1)
  if (newest === undefined) return domain.captures.length === 0
  return (await readFile(join(folder, newest, 'migration.sql'), 'utf8')) === captureSql(domain.captures)
}
