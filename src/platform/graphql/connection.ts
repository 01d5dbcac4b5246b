import type { InputFieldMap, InputRef, InputShapeFromFields } from '@pothos/core'
import { getRefFromModel } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import { delegateOf } from '../auth/delegate.ts'
import type { Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { fieldsOf, type Model, type Row } from '../database/data-model.ts'
import { textOf, valueText } from '../database/row-key.ts'
import { type AggregatedColumns, aggregateOf, groupsAtRoot, groupsBelow } from './aggregate.ts'
import { builder } from './builder.ts'
import { readExportPage } from './export-page.ts'
import { type Direction, KeysetPlan, noPageLimits, type PageArguments, type Sort } from './keyset.ts'
import {
  countOf,
  cursorPaths,
  type ListArguments,
  listBelow,
  pageSized,
  relationOf,
  rowsOf,
  selectsRows,
} from './list-below.ts'
import { Page } from './page.ts'
import { selectionOf, selects } from './selection.ts'
import { memoOf } from './selection-memo.ts'

interface ListOptions<M extends Model, Filter> {
  model: M
  /**
   * The sorts that the list offers, each with an ascending index on its columns and the key behind them. A column that may
   * be null says at which end of the list its nulls stand, whatever the direction; columns behind it are never null.
   */
  sorts: Record<
    string,
    { column: Column<M> | readonly Column<M>[]; unique?: boolean; nulls?: 'first' | 'last'; description: string }
  >
  defaultSort: { field: string; direction: Direction }
  filter?: {
    type: InputRef<Filter>
    description: string
    /** Whether its conditions follow from the filter alone: see the field option of this name. */
    cacheable?: true
    where: (filter: Filter, context: Context) => Where<M>[]
  }
  /** The columns of `aggregate`, by the names of its fields; without them lists have no such field. */
  aggregate?: AggregatedColumns<M>
}

type Column<M extends Model> = keyof PrismaTypes[M]['Shape'] & string

interface FieldOptions {
  description: string
  auth?: Rule
  /** The audiences whose endpoints have the field: at the root it says so, below a type it follows the type. */
  subGraphs?: string[]
}

interface LookUpOptions<M extends Model, Args extends InputFieldMap> extends FieldOptions {
  args: Args
  /** Throws where the arguments name no row. */
  where: (args: InputShapeFromFields<Args>) => PrismaTypes[M]['WhereUnique']
}

type Where<M extends Model> = PrismaTypes[M]['Where']

const edgePaths = [[{ name: 'edges' }, { name: 'node' }]]

/** @public */
export const SortDirection = builder.enumType('SortDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { description: 'Smallest, earliest, or first in the alphabet first.' },
    DESC: { description: 'Largest, latest, or last in the alphabet first.' },
  },
})

/**
 * The list of one model: its connection type, sorts and filters, and its fields at the root and below a parent. Made
 * once for each model, so that all of its lists page, count and refuse alike.
 */
export function listOf<M extends Model, Filter = never>(options: ListOptions<M, Filter>) {
  const { model } = options
  const sorts = new Map(
    Object.entries(options.sorts).map(([name, { column, unique = false, nulls }]): [string, Sort] => {
      const columns = typeof column === 'string' ? [column] : column
      requireNullsSaid(model, columns, nulls)
      return [name, { name, columns, unique, nulls }]
    }),
  )
  const args = listArguments(options)
  const cacheable = options.filter === undefined || options.filter.cacheable === true
  const ref = getRefFromModel(model, builder)
  const aggregate = options.aggregate && aggregateOf(model, options.aggregate)
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
        ...(aggregate
          ? {
              aggregate: t.field({
                type: aggregate.type,
                nullable: true,
                cost: 5,
                description: 'Figures of the whole list, with its filter. Computed only when asked for.',
                resolve: (page, _args, _context, info) =>
                  page instanceof Page ? aggregate.read(page.groups, info) : null,
              }),
            }
          : {}),
      }),
    },
    { name: `${model}Edge`, description: `A ${model} and its position in the list.` },
  )

  /** The page that the arguments ask for. Throws for refused arguments. */
  const pageOf = (given: ListArguments<Filter>, context: Context): { keyset: KeysetPlan; filter: object[] } => {
    const sort = sorts.get(given.sort?.field ?? options.defaultSort.field)
    if (!sort) throw new Error(`${model} offers no sort ${given.sort?.field}`)
    const direction = given.sort?.direction ?? options.defaultSort.direction
    const limits = context.exportPage ? noPageLimits : context.pageLimits
    const keyset = new KeysetPlan({ list: model, sort, direction, page: given, cursors: context.cursors, limits })
    return { keyset, filter: given.filter && options.filter ? options.filter.where(given.filter, context) : [] }
  }
  /** The list at the root: every row that the viewer sees. */
  function connection({ description, auth, subGraphs }: FieldOptions) {
    return {
      type,
      ...(subGraphs && { subGraphs }),
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
        const groups = groupsAtRoot(context, model, filter, aggregate?.unit)
        if (!selectsRows(info)) return new Page([], keyset, count, groups)
        const { exportPage } = context
        const columns = keyset.columns(exportPage !== undefined || cursorPaths.some((path) => selects(info, path)))
        const query = selectionOf(context, info, model, columns, edgePaths)
        const read = (plan: KeysetPlan) => delegate.findMany({ ...query, ...plan.query(filter) })
        if (!exportPage) return new Page(await read(keyset), keyset, count, groups)
        const planOf = (page: PageArguments) => pageOf({ ...given, ...page }, context).keyset
        const found = await readExportPage(exportPage, { planOf, read, isCompiled: memoOf(info) !== undefined })
        return new Page(found.rows, found.keyset, count, groups)
      },
    }
  }

  /** One row by its unique arguments; null where there is none, or the viewer does not see it. */
  function one<Args extends InputFieldMap>({ description, auth, subGraphs, args, where }: LookUpOptions<M, Args>) {
    return {
      type: ref,
      ...(subGraphs && { subGraphs }),
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
  function related<Above extends Model>(
    above: Above,
    relation: PrismaTypes[Above]['ListRelations'] & string,
    { description, auth, subGraphs }: FieldOptions,
  ) {
    const { link } = relationOf(above, relation)
    return {
      type,
      ...(subGraphs && { subGraphs }),
      nullable: true as const,
      description,
      auth,
      cacheable,
      args,
      extensions: listBelow({ relation, key: link.here, rows: { type: model, paths: edgePaths }, planOf: pageOf }),
      resolve: (parent: Row, given: ListArguments<Filter>, context: Context) => {
        const { keyset, filter } = pageOf(given, context)
        const below = { model, foreign: link.there, filter, key: JSON.stringify(given.filter), unit: aggregate?.unit }
        // The key of the parent is read only for an aggregate.
        const keyAbove = () => textOf(link.here.map((field) => valueText(parent[field])))
        const groups = groupsBelow(context, below, keyAbove)
        return new Page(rowsOf(parent, relation), keyset, async () => countOf(parent, relation) ?? 0, groups)
      },
    }
  }

  return { connection, one, related }
}

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

function requireNullsSaid(model: Model, columns: readonly string[], nulls: Sort['nulls']): void {
  for (const [at, column] of columns.entries()) {
    const isSaid = at === 0 && nulls !== undefined
    if (fieldsOf(model).get(column)?.isRequired === isSaid)
      throw new Error(
        `${model} lists sort by ${column}: only a first column that may be null says where its nulls stand`,
      )
  }
}
