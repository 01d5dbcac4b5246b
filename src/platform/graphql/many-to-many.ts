import type { FieldMap } from '@pothos/core'
import type { prismaModelName } from '@pothos/plugin-prisma'
import type PrismaTypes from '../../generated/pothos-types.ts'
import type { Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import { keyFieldsOf, type Model, type Row } from '../database/data-model.ts'
import { builder } from './builder.ts'
import { KeysetPlan, noPageLimits, type PageArguments } from './keyset.ts'
import { countOf, listBelow, relationOf, rowsOf } from './list-below.ts'
import { PageOf } from './page.ts'
import { declaredColumns } from './row-keys.ts'

type SchemaTypes = typeof builder.$inferSchemaTypes

interface ManyToManyOptions<Above extends Model, Join extends Model> {
  /** Begins the names of its types: `PlaylistToTracks`. */
  name: string
  above: Above
  /** From there to the rows of the join table. */
  relation: PrismaTypes[Above]['ListRelations'] & string
  join: Join
  /** From the row of the join table to the node. */
  far: PrismaTypes[Join]['RelationName'] & string
  description: string
  /** The rule of the nodes' type. */
  auth?: Rule
  /** What the row of the join table adds to the edge. A field with a rule is nullable. */
  edge?: (t: PothosSchemaTypes.PrismaObjectFieldBuilder<SchemaTypes, PrismaTypes[Join], JoinRow<Join>>) => FieldMap
}

/** plugin-prisma finds by the name of the model what a field may select. */
type JoinRow<Join extends Model> = PrismaTypes[Join]['Shape'] & { [prismaModelName]?: Join }

/**
 * The list of the rows that a join table links to a row, read in the statement of that row. Its edges are the rows of the
 * join table, so their policy decides which edges there are; they must imply the row that they lead to. Its order is that of
 * the key of the join table, within which the columns of the far row are unique.
 */
export function manyToMany<Above extends Model, Join extends Model>(options: ManyToManyOptions<Above, Join>) {
  const { name, relation, join, description, auth } = options
  const sort = sortOf(options)
  const planOf = (page: PageArguments, context: Context) => {
    const limits = context.exportPage ? noPageLimits : context.pageLimits
    const { cursors } = context
    return { keyset: new KeysetPlan({ list: join, sort, direction: 'ASC', page, cursors, limits }), filter: [] }
  }
  return {
    type: connectionType(options),
    // Nullable, so that a list that is denied or fails does not remove its neighbours.
    nullable: true as const,
    description,
    auth,
    cacheable: true,
    args: builder.args((t) => t.connectionArgs()),
    extensions: listBelow({ relation, key: [], rows: { type: `${name}Edge`, paths: [[{ name: 'edges' }]] }, planOf }),
    resolve: (parent: Row, given: PageArguments, context: Context) => {
      const { keyset } = planOf(given, context)
      return new JoinPage(rowsOf(parent, relation), keyset, async () => countOf(parent, relation) ?? 0)
    },
  }
}

/** The columns that lead to the far row, which are unique below the row above. */
function sortOf<Above extends Model, Join extends Model>(options: ManyToManyOptions<Above, Join>) {
  const { above, relation, join, far } = options
  const { link, isRequired, isList } = relationOf(join, far)
  const key = new Set([...relationOf(above, relation).link.there, ...link.here])
  if (isList || !isRequired || key.symmetricDifference(new Set(keyFieldsOf(join))).size > 0)
    throw new Error(`${join} is no join table: its key is not the two references of ${above}.${relation} and ${far}`)
  return { name: `to ${far}`, columns: link.here, unique: true, nulls: undefined }
}

/** Where an edge stands, by the row that it is. */
const plans = new WeakMap<object, KeysetPlan>()

function cursorOf(row: Row): string {
  const plan = plans.get(row)
  if (!plan) throw new Error('the edge is on no page')
  return plan.cursorOf(row)
}

class JoinPage extends PageOf<Row> {
  protected override edgeOf(row: Row, plan: KeysetPlan): Row {
    plans.set(row, plan)
    return row
  }
}

/** Where a model is a parameter, TypeScript cannot compute the types of plugin-prisma: hence `never` here and below. */
function edgeType<Above extends Model, Join extends Model>(options: ManyToManyOptions<Above, Join>) {
  const { name, join, far, edge } = options
  return builder.prismaObject(join, {
    variant: `${name}Edge`,
    description: 'An object and its position in the list, with what the link says.',
    select: declaredColumns,
    fields: (t) => ({
      cursor: t.string({
        description: 'The position of this edge in the list, for `after` and `before`.',
        cacheable: true,
        resolve: cursorOf,
      }),
      node: t.relation(far, { description: 'The object at this position.' } as never),
      ...edge?.(t as never),
    }),
  })
}

function connectionType<Above extends Model, Join extends Model>(options: ManyToManyOptions<Above, Join>) {
  const { name } = options
  const edge = edgeType(options)
  return builder.objectRef<PageOf<Row>>(`${name}Connection`).implement({
    description: 'A page of a list of objects that are linked to another.',
    fields: (t) => ({
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        cacheable: true,
        description: 'Where this page stands in the list.',
        resolve: (page) => page.pageInfo,
      }),
      edges: t.field({
        type: [edge],
        cacheable: true,
        description: 'The page, in order.',
        resolve: (page) => page.edges as never,
      }),
      totalCount: t.int({
        description: 'How many there are in the whole list. Counted only when asked for.',
        cost: 5,
        cacheable: true,
        resolve: (page) => page.count(),
      }),
    }),
  })
}
