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
import { z } from 'zod'

/**
 * Prisma Migrate without its CLI: the same schema engine, as WebAssembly, over the same `_prisma_migrations` table, so
 * that `prisma migrate deploy` stays interchangeable. The CLI would download a binary. The engine's use outside the CLI
 * is undocumented, so it stays in this file, and its version beside Prisma's.
 */
export class Migrations {
  readonly #url: string
  readonly #folder: string
  readonly #filters = { externalTables: [], externalEnums: [] }

  constructor(url: string, prismaFolder: string) {
    this.#url = url
    this.#folder = prismaFolder
  }

  /** Applies missing migrations under the engine's advisory lock. Returns their names. */
  async apply(): Promise<string[]> {
    // Most starts have nothing to apply, and find that out without the engine.
    if ((await this.pending()).length === 0) return []
    const migrationsList = await this.#list()
    return this.#withEngine(async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: this.#filters })
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
      const scratch = new Migrations(url, this.#folder)
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
        filters: this.#filters,
      })
      return exitCode === 0 ? undefined : (stdout ?? '')
    })
  }

  /** Names of migrations that this database lacks, oldest first. One statement, without the engine. */
  async pending(): Promise<string[]> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 5000 })
    await client.connect()
    try {
      const known = await client.query("select to_regclass('_prisma_migrations') is not null as known")
      const names = await migrationNames(join(this.#folder, 'migrations'))
      if (!z.object({ known: z.boolean() }).parse(known.rows[0]).known) return names
      const applied = await client.query(
        'select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
      )
      const done = new Set(
        z
          .array(z.object({ name: z.string() }))
          .parse(applied.rows)
          .map((row) => row.name),
      )
      return names.filter((name) => !done.has(name))
    } finally {
      await client.end()
    }
  }

  async #withEngine<T>(use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
    const { SchemaEngine } = await loadEngine()
    const factory = new CatalogAdapterFactory(this.#url)
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

  async #models(): Promise<SchemasContainer> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.prisma')).sort()
    const files = names.map(async (name) => {
      const path = join(this.#folder, name)
      return { path, content: await readFile(path, 'utf8') }
    })
    return { files: await Promise.all(files) }
  }

  async #list(): Promise<MigrationList> {
    const baseDir = join(this.#folder, 'migrations')
    const names = await migrationNames(baseDir)
    const directories = names.map(async (path) => {
      const value = await readFile(join(baseDir, path, 'migration.sql'), 'utf8')
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
    })
    const lockfile = await readFile(join(baseDir, 'migration_lock.toml'), 'utf8').catch(() => null)
    return {
      baseDir,
      lockfile: { path: 'migration_lock.toml', content: lockfile },
      shadowDbInitScript: '',
      migrationDirectories: await Promise.all(directories),
    }
  }
}

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

  constructor(connectionString: string) {
    this.#pool = new pg.Pool({ connectionString })
    const query = this.#pool.query.bind(this.#pool)
    const value = async (statement: pg.QueryArrayConfig) => {
      const result = await query(statement)
      const columns = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === charOid ? [index] : []))
      for (const index of columns) Object.assign(result.fields[index] ?? {}, { dataTypeID: textOid })
      this.#charColumns.set(result.rows, columns)
      return result
    }
    this.#factory = new PrismaPg(Object.defineProperty(this.#pool, 'query', { value }))
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
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create database ${name}`)
    const scratch = new URL(url)
    scratch.pathname = `/${name}`
    return await use(scratch.href)
  } finally {
    await client.query(`drop database if exists ${name} with (force)`)
    await client.end()
  }
}

async function migrationNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => basename(entry.name))
    .sort()
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
