import type pg from 'pg'
import { type Catalogue, type Column, readCatalogue, type Table } from '../../scripts/adopt/catalogue.ts'
import { limitsOfCheck } from '../../scripts/adopt/checks.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import type { Limits } from '../../src/platform/mutations/rows/limits.ts'
import { sampleOf } from './sample-value.ts'

type Values = Record<string, string | null>
/** Values by column, of the rows of a table in their order: what nothing in the catalogue says. */
export type Given = Readonly<Record<string, readonly Values[]>>

const perTable = 3

/** What the databases of a domain's tests begin with. */
export interface Sown {
  readonly schemas: readonly string[]
  readonly given: Given
}

/**
 * Puts three rows into each table of these schemas, by what the catalogue says of types, keys, foreign keys and simple
 * conditions. The first row of a table belongs to the first row of another one. A row that a condition refuses has only what
 * it must have. A table with conditions that cannot be read, such as a pattern, needs `given` values, or has fewer rows.
 */
export async function sowRows(ownerUrl: string, { schemas, given }: Sown): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    const catalogue = await readCatalogue(client, { schemas })
    const sower = new Sower(client, catalogue, given)
    for (const table of inOrder(catalogue.tables.filter(({ columns }) => columns.length > 0))) await sower.sow(table)
    for (const { kind, schema, name } of catalogue.tables) {
      if (kind === 'materialized view') await client.query(`refresh materialized view ${nameOf({ schema, name })}`)
    }
  })
}

const nameOf = (table: { schema: string; name: string }) => `"${table.schema}"."${table.name.replaceAll('"', '""')}"`

/** Tables behind those that they lead to, as far as there is such an order. */
function inOrder(tables: readonly Table[]): Table[] {
  const rest = new Map(
    tables
      .filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
      .map((table) => [nameOf(table), table]),
  )
  const ordered: Table[] = []
  while (rest.size > 0) {
    const waits = (table: Table, isStrict: boolean) =>
      table.foreignKeys.some(({ to, columns }) => {
        const isNeeded =
          isStrict || columns.every((name) => table.columns.find((column) => column.name === name)?.isRequired)
        return isNeeded && nameOf(to) !== nameOf(table) && rest.has(nameOf(to))
      })
    const all = [...rest.values()]
    const next = all.find((table) => !waits(table, true)) ?? all.find((table) => !waits(table, false)) ?? all[0]
    if (!next) break
    rest.delete(nameOf(next))
    ordered.push(next)
  }
  return ordered
}

class Sower {
  readonly #client: pg.Client
  readonly #catalogue: Catalogue
  readonly #given: Given
  readonly #rows = new Map<string, Values[]>()

  constructor(client: pg.Client, catalogue: Catalogue, given: Given) {
    this.#client = client
    this.#catalogue = catalogue
    this.#given = given
  }

  async sow(table: Table): Promise<void> {
    const rows: Values[] = []
    this.#rows.set(nameOf(table), rows)
    for (let n = 0; n < perTable; n++) {
      const values = this.#valuesOf(table, n)
      if (!values) return
      const written =
        (await this.#insert(table, values)) ?? (await this.#insert(table, this.#required(table, values, n)))
      if (!written) return
      rows.push(written)
    }
  }

  /** Undefined where a required value cannot be made. */
  #valuesOf(table: Table, n: number): Values | undefined {
    const given = this.#given[table.name]?.[n] ?? {}
    const values: Values = { ...given }
    for (const { columns, to } of table.foreignKeys) {
      if (columns.every((name) => Object.hasOwn(values, name))) continue
      const isFree = columns.some((name) => !this.#column(table, name)?.isRequired)
      const target = this.#target(columns, to, values, n)
      if (!target && !isFree) return undefined
      columns.forEach((name, at) => {
        if (target) values[name] ??= target[to.columns[at] ?? ''] ?? null
        else if (!this.#column(table, name)?.isRequired) values[name] ??= null
      })
    }
    for (const column of table.columns) {
      if (Object.hasOwn(values, column.name) || isMade(column)) continue
      const sample = sampleOf(column, this.#limits(table, column), this.#labels(column), n)
      if (sample === undefined && column.isRequired && column.default === null) return undefined
      if (sample !== undefined) values[column.name] = sample
    }
    return values
  }

  #required(table: Table, values: Values, n: number): Values {
    const given = this.#given[table.name]?.[n] ?? {}
    const kept = ([name]: [string, unknown]) => Object.hasOwn(given, name) || this.#column(table, name)?.isRequired
    return Object.fromEntries(Object.entries(values).filter(kept))
  }

  /** The row that the n-th row leads to, among those that agree with what is said already. */
  #target(columns: readonly string[], to: Table['foreignKeys'][number]['to'], values: Values, n: number) {
    const fitting = (this.#rows.get(nameOf(to)) ?? []).filter((row) =>
      columns.every((name, at) => values[name] == null || values[name] === row[to.columns[at] ?? '']),
    )
    return fitting[n % Math.max(1, fitting.length)]
  }

  #column(table: Table, name: string): Column | undefined {
    return table.columns.find((column) => column.name === name)
  }

  #limits(table: Table, column: Column): Limits {
    const ofTable = table.checks.map(({ expression }) => limitsOfCheck(expression)?.get(column.name))
    const ofDomain = column.domainChecks.map(({ expression }) => limitsOfCheck(expression)?.get('VALUE'))
    return Object.assign({}, ...ofTable, ...ofDomain)
  }

  #labels({ base, baseSchema }: Column): readonly string[] {
    const isOf = ({ schema, name }: { schema: string; name: string }) => schema === baseSchema && name === base
    return this.#catalogue.enums.find(isOf)?.labels ?? []
  }

  /** The row as texts; undefined where a condition of the table refuses it. */
  async #insert(table: Table, values: Values): Promise<Values | undefined> {
    const names = Object.keys(values)
    const columns = names.map((name) => `"${name.replaceAll('"', '""')}"`)
    const into = `insert into ${nameOf(table)}`
    const returned = table.columns.map(({ name }) => `"${name.replaceAll('"', '""')}"::text`).join(', ')
    const text =
      names.length === 0
        ? `${into} default values returning ${returned}`
        : `${into} (${columns.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning ${returned}`
    try {
      const { rows } = await this.#client.query<(string | null)[]>({
        text,
        values: names.map((name) => values[name]),
        rowMode: 'array',
      })
      return Object.fromEntries(table.columns.map(({ name }, at) => [name, rows[0]?.[at] ?? null]))
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }
}

function isMade(column: Column): boolean {
  return column.isGenerated || column.identity !== null || (column.default?.startsWith('nextval(') ?? false)
}

/** A condition, a unique value, or a row of a partition that is not there. */
function isRefusal(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return code === '23514' || code === '23505' || code === '23502' || code === '22P02'
}
