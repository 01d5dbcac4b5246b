import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'
import { fieldsOf, type Link, type Model, type RelationField, type Row } from '../database/data-model.ts'
import { type KeysetPlan, type PageArguments, pageLimits } from './keyset.ts'
import { argumentsOf, selects } from './selection.ts'

export const cursorPaths = [
  ['edges', 'cursor'],
  ['pageInfo', 'startCursor'],
  ['pageInfo', 'endCursor'],
]

/** Tells the cost counter that the arguments set the page size. */
export const pageSized = { pageSize: pageLimits }

export type ListArguments<Filter> = PageArguments & { filter?: Filter | null }

interface ListBelow<Filter> {
  relation: string
  /** The columns of the parent that an aggregate needs. */
  key: readonly string[]
  /** The type of the rows in the document, and where it has them below the field. */
  rows: { type: string; paths: { name: string }[][] }
  /** The page that the arguments ask for. Throws for refused arguments. */
  planOf: (given: ListArguments<Filter>, context: Context) => { keyset: KeysetPlan; filter: object[] }
}

/** The options of a field that has a list of its parent read in the parent's statement. */
export function listBelow<Filter>({ relation, key, rows, planOf }: ListBelow<Filter>) {
  const refuses = (given: ListArguments<Filter>, context: Context): boolean => {
    try {
      return !planOf(given, context)
    } catch {
      return true
    }
  }
  return {
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
      const { keyset, filter } = planOf(given, context)
      const names = selected()
      const select = keyset.columns(cursorPaths.some((path) => selected(path)))
      return {
        select: {
          ...(names.has('aggregate') ? Object.fromEntries(key.map((field) => [field, true])) : {}),
          // Without a filter it equals the count of `relationCount`, and one count serves both.
          ...(names.has('totalCount')
            ? { _count: { select: { [relation]: filter.length === 0 || { where: { AND: filter } } } } }
            : {}),
          ...(names.has('edges') || names.has('pageInfo')
            ? {
                [relation]: nested(
                  { select, ...keyset.query(filter) },
                  { getType: () => rows.type, paths: rows.paths },
                ),
              }
            : {}),
        },
      }
    },
    pothosPrismaLoaded: (parent: Row, info: GraphQLResolveInfo, context: Context) =>
      ((!selectsRows(info) || parent[relation] !== undefined) &&
        (!selects(info, ['totalCount']) || countOf(parent, relation) !== undefined) &&
        (!selects(info, ['aggregate']) || key.every((field) => parent[field] !== undefined))) ||
      refuses(argumentsOf(info), context),
  }
}

export function relationOf(above: Model, name: string): RelationField & { link: Link } {
  const field = fieldsOf(above).get(name)
  if (field?.kind === 'relation' && field.link) return { ...field, link: field.link }
  throw new Error(`${above}.${name} is no relation over columns`)
}

export function selectsRows(info: GraphQLResolveInfo): boolean {
  return selects(info, ['edges']) || selects(info, ['pageInfo'])
}

export function rowsOf(parent: Row, relation: string): Row[] {
  const rows = parent[relation]
  return Array.isArray(rows) ? rows : []
}

export function countOf(parent: Row, relation: string): number | undefined {
  const counts = parent._count
  if (typeof counts !== 'object' || counts === null) return undefined
  const count: unknown = Reflect.get(counts, relation)
  return typeof count === 'number' ? count : undefined
}
