import { isDeepStrictEqual } from 'node:util'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { Prisma, type PrismaClient } from '../../generated/prisma/client.ts'
import { askedBy, askedLater, askingField } from '../database/asking-field.ts'
import { fieldsOf, keyFieldsOf, type Model, propertyOf, type RelationField } from '../database/data-model.ts'
import type { Field } from '../database/physical-names.ts'
import type { PreparedReads } from '../database/prepared-reads.ts'
import type { ReadSource } from '../database/read-pool.ts'
import { type GroupedRead, type GroupedRows, pathsOf } from '../database/reads/grouped-read.ts'
import type { Viewer } from './viewer.ts'

/**
 * Which rows of a model a viewer sees: all, none, or those of a condition. `implies` names the to-one relations whose
 * row is visible whenever this one is. SQL has no condition for a to-one step, so any other step to a model that the
 * viewer does not see whole is refused.
 */
export interface RowPolicy<Where, Field extends string = never> {
  rows(viewer: Viewer): 'all' | 'none' | Where
  implies?: readonly string[]
  /**
   * Whether responses with its rows can be cached and shared: only where everyone sees all rows and a trigger reports
   * every write (see CONTRIBUTING.md). Responses that depend on the fields of `except` are not cached.
   */
  cacheable?: true | { readonly except: readonly Field[] }
}

/** The policies by model. Nobody sees a row of a model without one. */
export type RowPolicies = { readonly [M in Model]?: RowPolicy<PrismaTypes[M]['Where'], Field<M>> }

const readOperations = [
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
] as const
type Arguments = Record<string, unknown>

type ReadOperation = (typeof readOperations)[number]
type Delegates = { [M in Model as Uncapitalize<M>]: PrismaClient[Uncapitalize<M>] }

/**
 * The reading methods of a Prisma client, and reads that it does not have: groups of rows, as a part of a request or as a
 * report. Nothing writes, runs SQL or opens a transaction.
 */
export type PolicedClient = {
  readonly [D in keyof Delegates]: Pick<Delegates[D], Extract<keyof Delegates[D], ReadOperation | 'fields'>>
} & {
  $groups(read: GroupedRead): Promise<GroupedRows>
  $report(read: GroupedRead): Promise<GroupedRows>
}

/** A server, or a snapshot of its data. */
export type ReadsOfServer = Pick<ReadSource, 'client' | 'prepared' | 'reports'>

export interface PolicedClientOptions {
  /** Runs a read on the server of its choice. Without it Prisma runs every read, on the client's own server. */
  readAt?: <T>(read: (source: ReadsOfServer) => Promise<T>) => Promise<T>
  /** Sees the arguments of each read, before the policy is added. */
  onRead?: (model: Model, operation: ReadOperation, args: Arguments) => void
}

/**
 * The client that every read goes through, below resolvers and loaders: it adds the viewer's policy to the rows, to
 * every nested relation and to counts. It only reads; mutations write in transactions. It is no Prisma client
 * extension, which took 200 µs more for a query.
 */
export function policedClient(
  prisma: PrismaClient,
  policies: RowPolicies,
  viewer: Viewer,
  options: PolicedClientOptions = {},
): PolicedClient {
  const guard = new RowGuard(policies, viewer)
  const delegates = Object.fromEntries(
    Object.values(Prisma.ModelName).map((model) => [propertyOf(model), policedDelegate(prisma, guard, model, options)]),
  )
  const groups = (of: (source: ReadsOfServer) => PreparedReads) => async (read: GroupedRead) => {
    options.onRead?.(read.model, 'groupBy', {})
    const guarded = guard.groups(read)
    if (!options.readAt) throw new Error('row policy: this client reads no groups')
    return options.readAt((source) => of(source).groups(guarded))
  }
  const grouping = { $groups: groups(({ prepared }) => prepared), $report: groups(({ reports }) => reports) }
  // The properties have the names that the type has.
  return refusing({ ...delegates, ...grouping }, 'the client') as PolicedClient
}

function policedDelegate(
  prisma: PrismaClient,
  guard: RowGuard,
  model: Model,
  { readAt, onRead }: PolicedClientOptions,
): object {
  const delegate: object = prisma[propertyOf(model)]
  // Called at once and returned as a plain promise: Prisma's own has methods for relations (`.lines()`) that bypass the
  // policy.
  const reads = readOperations.map((operation): [string, (args?: unknown) => Promise<unknown>] => [
    operation,
    async (args) => {
      const unguarded = asArguments(args)
      onRead?.(model, operation, unguarded)
      const guarded = guard.read(model, unguarded)
      if (!readAt) return query(prisma, operation, model, guarded)
      return readAt((source) => readOn(source, operation, model, guarded))
    },
  ])
  return refusing({ ...Object.fromEntries(reads), fields: Reflect.get(delegate, 'fields') }, model)
}

async function readOn(
  source: ReadsOfServer,
  operation: ReadOperation,
  model: Model,
  args: Arguments,
): Promise<unknown> {
  const field = askingField()
  const rows = await preparedRead(source.prepared, operation, model, args)
  return rows === undefined ? askedBy(field, () => query(source.client, operation, model, args)) : rows
}

async function query(client: PrismaClient, operation: ReadOperation, model: Model, args: Arguments): Promise<unknown> {
  const delegate: object = client[propertyOf(model)]
  return askedLater(async () => Reflect.get(delegate, operation)(args))
}

/** A read without Prisma, where there is one. Undefined where Prisma must run the query. */
async function preparedRead(
  prepared: ReadSource['prepared'],
  operation: ReadOperation,
  model: Model,
  args: Arguments,
): Promise<unknown> {
  switch (operation) {
    case 'findMany':
      return prepared.rows(model, operation, args)
    case 'findFirst':
    case 'findUnique': {
      const rows = await prepared.rows(model, operation, args)
      return rows && (rows[0] ?? null)
    }
    // Prisma throws its own error for a missing row.
    case 'findFirstOrThrow':
      return (await prepared.rows(model, 'findFirst', args))?.[0]
    case 'findUniqueOrThrow':
      return (await prepared.rows(model, 'findUnique', args))?.[0]
    case 'count':
      return prepared.count(model, args)
    default:
      return undefined
  }
}

/** Refuses every other property with a message that says why. */
function refusing(parts: object, what: string): object {
  return new Proxy(parts, {
    get: (_parts, name) => {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name)
      // `await` and printing read these.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      return async () => {
        throw new Error(`row policy: ${name} of ${what} is not a read; write in a mutation`)
      }
    },
  })
}

class RowGuard {
  readonly #rows = new Map<Model, 'all' | 'none' | object>()
  readonly #policies: RowPolicies
  readonly #viewer: Viewer
  /** Guarded selections, by the selection object, which compiled operations reuse. */
  readonly #selections = new WeakMap<object, { model: Model; guarded: Arguments }>()

  constructor(policies: RowPolicies, viewer: Viewer) {
    this.#policies = policies
    this.#viewer = viewer
  }

  /** The arguments of a read, with the policy in `where` and below `select` and `include`. */
  read(model: Model, args: Arguments): Arguments {
    const guarded = this.#nested(model, args)
    const condition = this.#condition(model)
    if (condition) guarded.where = both(args.where, condition)
    return guarded
  }

  /** The same for groups of rows. Each path leads over rows that are visible with the row, like a to-one step. */
  groups(read: GroupedRead): GroupedRead {
    for (const path of pathsOf(read)) this.#requireVisiblePath(read.model, path)
    const condition = this.#condition(read.model)
    return condition ? { ...read, where: both(read.where, condition) } : read
  }

  #requireVisiblePath(model: Model, path: string): void {
    let above = model
    for (const name of path.split('.').slice(0, -1)) {
      const relation = fieldsOf(above).get(name)
      if (relation?.kind !== 'relation') throw new Error(`row policy: ${above} has no relation ${name}`)
      this.#requireVisible(above, name, relation.model)
      above = relation.model
    }
  }

  #nested(model: Model, args: Arguments): Arguments {
    const guarded = { ...args }
    if (isObject(args.select)) guarded.select = this.#kept(model, args.select)
    if (isObject(args.include)) guarded.include = this.#selection(model, args.include)
    return guarded
  }

  #kept(model: Model, selection: Arguments): Arguments {
    const known = this.#selections.get(selection)
    if (known?.model === model) return known.guarded
    const guarded = this.#selection(model, selection)
    this.#selections.set(selection, { model, guarded })
    return guarded
  }

  #selection(model: Model, selection: Arguments): Arguments {
    const guarded: Arguments = {}
    for (const [name, value] of Object.entries(selection)) guarded[name] = this.#selected(model, name, value)
    // Prisma refuses an empty selection: the document asks for the row, and for none of its columns.
    return Object.keys(guarded).length > 0 ? guarded : { [columnOf(model)]: true }
  }

  #selected(model: Model, name: string, value: unknown): unknown {
    if (isUnselected(value)) return value
    if (name === '_count') return this.#counts(model, value)
    const relation = fieldsOf(model).get(name)
    if (relation?.kind !== 'relation') return value
    if (relation.isList) return this.#list(model, relation, isObject(value) ? value : {})
    this.#requireVisible(model, name, relation.model)
    return isObject(value) ? this.#nested(relation.model, value) : value
  }

  #list(model: Model, relation: RelationField, args: Arguments): Arguments {
    return this.#repeats(model, relation) ? this.#nested(relation.model, args) : this.read(relation.model, args)
  }

  /**
   * Whether the policy of a list's rows only says that the row above them is visible, as that of an order's lines does.
   * The row above is visible, so its rows are all visible, and the statement need not look for it again.
   */
  #repeats(model: Model, { model: below, link }: RelationField): boolean {
    const [above, rows] = [this.#visible(model), this.#visible(below)]
    if (typeof above !== 'object' || typeof rows !== 'object') return false
    const [[name, condition] = [], ...others] = Object.entries(rows)
    const back = name === undefined ? undefined : fieldsOf(below).get(name)
    if (others.length > 0 || back?.kind !== 'relation' || back.model !== model) return false
    // The relation back to the row above, and no other one to the same model.
    const isInverse = link !== undefined && isDeepStrictEqual(back.link, { here: link.there, there: link.here })
    return isInverse && isDeepStrictEqual(condition, above)
  }

  #counts(model: Model, value: unknown): unknown {
    const counts = isObject(value) && isObject(value.select) ? value.select : countAll(model)
    const guarded: Arguments = {}
    for (const [name, count] of Object.entries(counts)) {
      const relation = fieldsOf(model).get(name)
      if (relation?.kind !== 'relation') throw new Error(`row policy: ${model} has no relation ${name} to count`)
      const condition = isUnselected(count) ? undefined : this.#condition(relation.model)
      guarded[name] = condition ? { where: both(isObject(count) ? count.where : undefined, condition) } : count
    }
    return { select: guarded }
  }

  #requireVisible(model: Model, name: string, target: Model): void {
    if (this.#visible(target) === 'all' || this.#policies[model]?.implies?.includes(name)) return
    throw new Error(`row policy: ${model}.${name} leads to ${target}, which this viewer does not see whole`)
  }

  #condition(model: Model): object | undefined {
    const rows = this.#visible(model)
    if (rows === 'all') return undefined
    return rows === 'none' ? noRow(model) : rows
  }

  #visible(model: Model): 'all' | 'none' | object {
    const known = this.#rows.get(model)
    if (known) return known
    const rows = this.#policies[model]?.rows(this.#viewer) ?? 'none'
    this.#rows.set(model, rows)
    return rows
  }
}

/**
 * A condition that no row meets, in any position. `{ OR: [] }` would not do: below an `AND` Prisma drops it, and all
 * rows match (https://github.com/prisma/prisma/issues/17367).
 */
function noRow(model: Model): object {
  return { [columnOf(model)]: { in: [] } }
}

/** A column that every row has. */
function columnOf(model: Model): string {
  const [key] = keyFieldsOf(model)
  const [column] = key === undefined ? ([...fieldsOf(model)].find(([, { kind }]) => kind === 'scalar') ?? []) : [key]
  if (column === undefined) throw new Error(`row policy: ${model} has no column`)
  return column
}

function countAll(model: Model): Arguments {
  const lists = [...fieldsOf(model)].filter(([, field]) => field.kind === 'relation' && field.isList)
  return Object.fromEntries(lists.map(([name]) => [name, true]))
}

function both(where: unknown, condition: object): object {
  if (!isObject(where)) return condition
  const conditions = where.AND === undefined ? [] : Array.isArray(where.AND) ? where.AND : [where.AND]
  return { ...where, AND: [...conditions, condition] }
}

/** Listed in a selection, but not read. */
function isUnselected(value: unknown): boolean {
  return value === false || value === undefined || value === Prisma.skip
}

function isObject(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asArguments(value: unknown): Arguments {
  return isObject(value) ? value : {}
}
