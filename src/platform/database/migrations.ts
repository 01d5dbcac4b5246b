import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils'
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { externalNames } from './external-tables.ts'
import { type MigrationHistory, migrationHistory } from './migration-history.ts'
import { sessionAt } from './session.ts'
import { withClient } from './with-client.ts'

/**
 * Prisma Migrate without its CLI, which would download a binary: the same schema engine, as WebAssembly, over the same
 * `_prisma_migrations` table. The engine's use outside the CLI is undocumented, so it stays in this file, and its version
 * beside Prisma's.
 *
 * The platform has its models in `platform.prisma` and its migrations in `migrations/platform/`, and a domain has both
 * under its own name. They are applied in the order of their names. Of two with the same name the platform's is the first
 * half, and the domain's the second: the first migrations of all made tables of both.
 */
export class Migrations {
  readonly #url: string
  readonly #folder: string
  readonly #owners: readonly string[]

  /** Without a domain, those of the platform alone. */
  constructor(url: string, prismaFolder: string, domain?: string) {
    this.#url = url
    this.#folder = prismaFolder
    this.#owners = domain === undefined ? ['platform'] : ['platform', domain]
  }

  /** Applies missing migrations under the engine's advisory lock. Returns their names. */
  async apply(): Promise<string[]> {
    // Most starts have nothing to apply, and find that out without the engine.
    if ((await this.pending()).length === 0) return []
    const migrationsList = await this.#list()
    const filters = externalNames((await this.#models()).files)
    return this.#withEngine(async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters })
      return appliedMigrationNames
    })
  }

  /**
   * The SQL that would update the migrations to the models; undefined where they agree. Replays the migrations in a
   * scratch database beside this one, so it needs CREATEDB. (The engine's own shadow database does not work over a
   * driver adapter: "must be provided through an external factory".)
   */
  async difference(): Promise<string | undefined> {
    return withScratchDatabase(this.#url, async (url) => {
      const scratch = new Migrations(url, this.#folder, this.#owners[1])
      await scratch.apply()
      return scratch.#differenceFromModels()
    })
  }

  async #differenceFromModels(): Promise<string | undefined> {
    const models = await this.#models()
    return this.#withEngine(async (engine) => {
      const { exitCode, stdout } = await engine.diff({
        from: { tag: 'schemaDatasource', ...models, configDir: this.#folder },
        to: { tag: 'schemaDatamodel', ...models },
        script: true,
        exitCode: true,
        filters: externalNames(models.files),
      })
      return exitCode === 0 ? undefined : (stdout ?? '')
    })
  }

  /** Names of migrations that this database lacks, oldest first. Two statements, without the engine. */
  async pending(): Promise<string[]> {
    const names = await this.#names()
    return withClient(this.#url, async (client) => {
      const { applied } = await migrationHistory(client, names[0])
      return names.filter((name) => !applied.has(name))
    })
  }

  async #withEngine<T>(use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
    const { SchemaEngine } = await loadEngine()
    const factory = new CatalogAdapterFactory(this.#url, await this.#placeOfHistory())
    const { files } = await this.#models()
    const datamodels = files.map(({ path, content }): [string, string] => [path, content])
    const engine = await SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
    try {
      return await use(engine)
    } finally {
      engine.free()
      await factory.end()
    }
  }

  /** The engine names the table without a schema. */
  async #placeOfHistory(): Promise<MigrationHistory['schema']> {
    const [first] = await this.#names()
    return withClient(this.#url, async (client) => {
      const { schema, isThere } = await migrationHistory(client, first)
      if (schema === 'platform' && !isThere) await client.query('create schema if not exists platform')
      return schema
    })
  }

  async #models(): Promise<SchemasContainer> {
    const files = ['schema', ...this.#owners].map(async (name) => {
      const path = join(this.#folder, `${name}.prisma`)
      return { path, content: await readFile(path, 'utf8') }
    })
    return { files: await Promise.all(files) }
  }

  async #list(): Promise<MigrationList> {
    const baseDir = join(this.#folder, 'migrations')
    const directories = (await this.#names()).map(async (path) => {
      const parts = await Promise.all(this.#owners.map((owner) => readIfThere(join(baseDir, owner, path, sqlFile))))
      const value = parts.filter((part) => part !== undefined).join('\n')
      return { path, migrationFile: { path: sqlFile, content: { tag: 'ok' as const, value } } }
    })
    return {
      baseDir,
      lockfile: { path: lockFile, content: (await readIfThere(join(baseDir, lockFile))) ?? null },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(directories),
    }
  }

  /** The names of all migrations, in the order in which they are applied. */
  async #names(): Promise<string[]> {
    const folders = this.#owners.map((owner) => migrationNames(join(this.#folder, 'migrations', owner)))
    return [...new Set((await Promise.all(folders)).flat())].sort()
  }
}

const sqlFile = 'migration.sql'
const lockFile = 'migration_lock.toml'

const charOid = 18
const textOid = 25

/**
 * The engine reads system catalogues, whose one-letter `"char"` columns the driver adapter refuses. The pool therefore
 * returns them as text, and the adapter reports their type to the engine.
 */
class CatalogAdapterFactory implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres'
  readonly adapterName = 'frontdoor-catalog'
  readonly #pool: pg.Pool
  readonly #factory: PrismaPg
  readonly #charColumns = new WeakMap<object, number[]>()

  constructor(url: string, schema: string) {
    this.#pool = new pg.Pool(sessionAt(url, { search_path: schema }))
    const query = this.#pool.query.bind(this.#pool)
    const value = async (statement: pg.QueryArrayConfig) => {
      const result = await query(statement)
      const columns = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []))
      for (const index of columns) Object.assign(result.fields[index] ?? {}, { dataTypeID: textOid })
      this.#charColumns.set(result.rows, columns)
      return result
    }
    this.#factory = new PrismaPg(Object.defineProperty(this.#pool, 'query', { value }), { schema })
  }

  async connect(): Promise<SqlDriverAdapter> {
    const adapter = await this.#factory.connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    const value = async (query: SqlQuery) => {
      const result = await queryRaw(query)
      for (const index of this.#charColumns.get(result.rows) ?? []) {
        result.columnTypes[index] = ColumnTypeEnum.Character
      }
      return result
    }
    return Object.defineProperty(adapter, 'queryRaw', { value })
  }

  /** Never this database: the engine empties its shadow database. */
  connectToShadowDb(): Promise<SqlDriverAdapter> {
    return Promise.reject(new Error('no shadow database: `difference` replays migrations in one of its own'))
  }

  end(): Promise<void> {
    return this.#pool.end()
  }
}

async function withScratchDatabase<T>(url: string, use: (url: string) => Promise<T>): Promise<T> {
  const name = `frontdoor_scratch_${randomUUID().replaceAll('-', '')}`
  return withClient(url, async (client) => {
    try {
      await client.query(`create database ${name}`)
      const scratch = new URL(url)
      scratch.pathname = `/${name}`
      return await use(scratch.href)
    } finally {
      await client.query(`drop database if exists ${name} with (force)`)
    }
  })
}

async function migrationNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => basename(entry.name))
    .sort()
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

let engineModule: Promise<typeof import('@prisma/schema-engine-wasm/schema_engine_bg')> | undefined

function loadEngine() {
  engineModule ??= instantiateEngine()
  return engineModule
}

async function instantiateEngine() {
  // Without it a TypeError hides the message of an engine panic.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => console.error(`schema engine: ${message}`) },
  })
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = await readFile(entry.replace(/\.js$/, '.wasm'))
  const imports: Record<string, WebAssembly.ModuleImports> = { './schema_engine_bg.js': functionsOf(glue) }
  const { instance } = await WebAssembly.instantiate(bytes, imports)
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
  return glue
}

function functionsOf(module: object): WebAssembly.ModuleImports {
  const imports: WebAssembly.ModuleImports = {}
  for (const [name, value] of Object.entries(module)) {
    if (typeof value === 'function') imports[name] = name.startsWith('__wbg_setTimeout') ? unrefTimer : value
  }
  return imports
}

/** The engine leaves the timer of its lock wait running, and the process would stay until it ends. */
function unrefTimer(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return setTimeout(callback, milliseconds).unref()
}
