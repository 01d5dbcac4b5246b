import type { InputFieldMap, InputRef, InputShapeFromFields } from '@pothos/core'
import { getRefFromModel } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { delegateOf } from '../auth/delegate.ts'
import type { Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import type { Model, Row } from '../database/data-model.ts'
import { builder } from './builder.ts'
import { type Direction, KeysetPlan, type PageArguments, pageLimits, type Sort } from './keyset.ts'
import { argumentsOf, selectionOf, selects } from './selection.ts'

interface ListOptions<M extends Model, Filter> {
  model: M
  /** The sorts that the list offers: columns that are never null, each with an index on (column, id). */
  sorts: Record<string, { column: keyof PrismaTypes[M]['Shape'] & string; unique?: boolean; description: string }>
  defaultSort: { field: string; direction: Direction }
  filter?: {
    type: InputRef<Filter>
    description: string
    /** Whether its conditions follow from the filter alone: see the field option of this name. */
    cacheable?: true
    where: (filter: Filter, context: Context) => Where<M>[]
  }
}

interface FieldOptions {
  description: string
  auth?: Rule
}

interface LookUpOptions<M extends Model, Args extends InputFieldMap> extends FieldOptions {
  args: Args
  /** Throws where the arguments name no row. */
  where: (args: InputShapeFromFields<Args>) => PrismaTypes[M]['WhereUnique']
}

type ListArguments<Filter> = PageArguments & { filter?: Filter | null }
type Where<M extends Model> = PrismaTypes[M]['Where']

const edgePaths = [[{ name: 'edges' }, { name: 'node' }]]
const cursorPaths = [
  ['edges', 'cursor'],
  ['pageInfo', 'startCursor'],
  ['pageInfo', 'endCursor'],
]

const SortDirection = builder.enumType('SortDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { description: 'Smallest, earliest, or first in the alphabet first.' },
    DESC: { description: 'Largest, latest, or last in the alphabet first.' },
  },
})

/** A page of rows. Cursors are made on first read. */
class Page {
  readonly edges: Edge[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly count: () => Promise<number>

  constructor(rows: Row[], plan: KeysetPlan, count: () => Promise<number>) {
    const { rows: shown, hasNextPage, hasPreviousPage } = plan.page(rows)
    const edges = shown.map((row) => new Edge(row, plan))
    this.edges = edges
    this.count = count
    this.pageInfo = {
      hasNextPage,
      hasPreviousPage,
      get startCursor() {
        return edges[0]?.cursor ?? null
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null
      },
    }
  }
}

class Edge {
  readonly node: Row
  readonly #plan: KeysetPlan

  constructor(node: Row, plan: KeysetPlan) {
    this.node = node
    this.#plan = plan
  }

  get cursor(): string {
    return this.#plan.cursorOf(this.node)
  }
}

/**
 * The list of one model: its connection type, sorts and filters, and its fields at the root and below a parent. Made
 * once for each model, so that all of its lists page, count and refuse alike.
 */
export function listOf<M extends Model, Filter = never>(options: ListOptions<M, Filter>) {
  const { model } = options
  const sorts = new Map(
    Object.entries(options.sorts).map(([name, sort]): [string, Sort] => [name, { name, unique: false, ...sort }]),
  )
  const args = listArguments(options)
  const cacheable = options.filter === undefined || options.filter.cacheable === true
  const ref = getRefFromModel(model, builder)
  const type = builder.connectionObject(
    {
      type: ref,
      name: `${model}Connection`,
      description: `A page of a list of ${model} objects.`,
      fields: (t) => ({
        totalCount: t.int({
          description: 'How many there are in the whole list, with its filter. Counted only when asked for.',
          cost: 5,
          cacheable: true,
          resolve: (page) => (page instanceof Page ? page.count() : 0),
        }),
      }),
    },
    { name: `${model}Edge`, description: `A ${model} and its position in the list.` },
  )

  /** The page that the arguments ask for. Throws for refused arguments. */
  const pageOf = (given: ListArguments<Filter>, context: Context): { keyset: KeysetPlan; filter: object[] } => {
    const sort = sorts.get(given.sort?.field ?? options.defaultSort.field)
    if (!sort) throw new Error(`${model} offers no sort ${given.sort?.field}`)
    const direction = given.sort?.direction ?? options.defaultSort.direction
    const keyset = new KeysetPlan({ list: model, sort, direction, page: given, cursors: context.cursors })
    return { keyset, filter: given.filter && options.filter ? options.filter.where(given.filter, context) : [] }
  }
  const refuses = (given: ListArguments<Filter>, context: Context): boolean => {
    try {
      return !pageOf(given, context)
    } catch {
      return true
    }
  }

  /** The list at the root: every row that the viewer sees. */
  function connection({ description, auth }: FieldOptions) {
    return {
      type,
      // Nullable, so that a list that is denied or fails does not remove its neighbours.
      nullable: true as const,
      description,
      auth,
      cacheable,
      args,
      extensions: pageSized,
      resolve: async (_root: unknown, given: ListArguments<Filter>, context: Context, info: GraphQLResolveInfo) => {
        const { keyset, filter } = pageOf(given, context)
        const delegate = delegateOf(context.db, model)
        const count = () => delegate.count({ where: { AND: filter } })
        if (!selectsRows(info)) return new Page([], keyset, count)
        const columns = keyset.columns(cursorPaths.some((path) => selects(info, path)))
        const query = selectionOf(context, info, model, columns, edgePaths)
        return new Page(await delegate.findMany({ ...query, ...keyset.query(filter) }), keyset, count)
      },
    }
  }

  /** One row by its unique arguments; null where there is none, or the viewer does not see it. */
  function one<Args extends InputFieldMap>({ description, auth, args, where }: LookUpOptions<M, Args>) {
    return {
      type: ref,
      nullable: true as const,
      description,
      auth,
      cacheable: true,
      args,
      resolve: async (
        _root: unknown,
        given: InputShapeFromFields<Args>,
        context: Context,
        info: GraphQLResolveInfo,
      ) => {
        const named = where(given)
        const query = selectionOf(context, info, model, {})
        return delegateOf(context.db, model).findUnique({ ...query, where: named })
      },
    }
  }

  /** The list below a parent, read in the parent's statement. */
  function related(relation: string, { description, auth }: FieldOptions) {
    return {
      type,
      nullable: true as const,
      description,
      auth,
      cacheable,
      args,
      extensions: {
        ...pageSized,
        listOfRelation: relation,
        pothosPrismaSelect: (
          given: ListArguments<Filter>,
          context: Context,
          nested: (query: object, at: object) => object,
          selected: { (): ReadonlySet<string>; (path: string[]): object | null },
        ) => {
          // The field reports the refusal when it is resolved, so that its parent and its neighbours stay.
          if (refuses(given, context)) return { select: {} }
          const { keyset, filter } = pageOf(given, context)
          const names = selected()
          const select = keyset.columns(cursorPaths.some((path) => selected(path)))
          return {
            select: {
              // Without a filter it equals the count of `relationCount`, and one count serves both.
              ...(names.has('totalCount')
                ? { _count: { select: { [relation]: filter.length === 0 || { where: { AND: filter } } } } }
                : {}),
              ...(names.has('edges') || names.has('pageInfo')
                ? {
                    [relation]: nested({ select, ...keyset.query(filter) }, { getType: () => model, paths: edgePaths }),
                  }
                : {}),
            },
          }
        },
        pothosPrismaLoaded: (parent: Row, info: GraphQLResolveInfo, context: Context) =>
          ((!selectsRows(info) || parent[relation] !== undefined) &&
            (!selects(info, ['totalCount']) || countOf(parent, relation) !== undefined)) ||
          refuses(argumentsOf(info), context),
      },
      resolve: (parent: Row, given: ListArguments<Filter>, context: Context) => {
        const { keyset } = pageOf(given, context)
        return new Page(rowsOf(parent, relation), keyset, async () => countOf(parent, relation) ?? 0)
      },
    }
  }

  return { connection, one, related }
}

/** Tells the cost counter that the arguments set the page size. */
const pageSized = { pageSize: pageLimits }

function listArguments<M extends Model, Filter>({ model, sorts, filter }: ListOptions<M, Filter>) {
  const named = (suffix: string): string => `${model}${suffix}`
  const field = builder.enumType(named('SortField'), {
    description: `What ${model} lists can be sorted by.`,
    values: Object.fromEntries(Object.entries(sorts).map(([name, { description }]) => [name, { description }])),
  })
  const sort = builder.inputType(named('Sort'), {
    description: `An order for ${model} lists. Equals are kept apart by their ids, so the order is always whole.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'What to sort by.' }),
      direction: t.field({
        type: SortDirection,
        required: true,
        defaultValue: 'ASC',
        description: 'Which end comes first.',
      }),
    }),
  })
  return builder.args((t) => ({
    ...t.connectionArgs(),
    ...(filter ? { filter: t.field({ type: filter.type, description: filter.description }) } : {}),
    sort: t.field({ type: sort, description: 'The order of the list.' }),
  }))
}

function selectsRows(info: GraphQLResolveInfo): boolean {
  return selects(info, ['edges']) || selects(info, ['pageInfo'])
}

function rowsOf(parent: Row, relation: string): Row[] {
  const rows = parent[relation]
  return Array.isArray(rows) ? rows : []
}

function countOf(parent: Row, relation: string): number | undefined {
  const counts = parent._count
  if (typeof counts !== 'object' || counts === null) return undefined
  const count: unknown = Reflect.get(counts, relation)
  return typeof count === 'number' ? count : undefined
}
