import { queryFromInfo } from '@pothos/plugin-prisma'
import { type GraphQLResolveInfo, getArgumentValues, Kind, type SelectionSetNode } from 'graphql'
import type { Context } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { withoutKeys } from './row-keys.ts'
import { memoOf } from './selection-memo.ts'

/**
 * The selection of a model's rows that the document asks for, at the field being resolved or at these paths below it. A
 * compiled operation remembers it, and makes no second statement for which a key would be needed.
 */
export function selectionOf(
  context: Context,
  info: GraphQLResolveInfo,
  model: Model,
  select: Record<string, true>,
  paths: { name: string }[][] = [],
): object {
  const make = () => queryFromInfo({ context, info, typeName: model, paths, select })
  const memo = memoOf(info)
  return memo ? memo.recall(context.viewer, info, purposeOf(context, model, select), () => withoutKeys(make)) : make()
}

/** In an export, lists below are whole. */
function purposeOf({ exportPage }: Context, model: Model, select: Record<string, true>): string {
  return `${model} ${Object.keys(select).join()}${exportPage ? ' export' : ''}`
}

/**
 * Whether the document asks for the field at this path below the field being resolved. It ignores directives, so a
 * skipped field may count as asked for: that reads a column too many, and never one too few.
 */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return info.fieldNodes.some(({ selectionSet }) => reaches(selectionSet, path, info))
}

function reaches(selections: SelectionSetNode | undefined, path: readonly string[], info: GraphQLResolveInfo): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  return (selections?.selections ?? []).some((selection) => {
    if (selection.kind === Kind.FIELD) {
      return selection.name.value === name && reaches(selection.selectionSet, rest, info)
    }
    const set =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : info.fragments[selection.name.value]?.selectionSet
    return reaches(set, path, info)
  })
}

/** The coerced arguments of the field being resolved. */
export function argumentsOf({ parentType, fieldName, fieldNodes, variableValues }: GraphQLResolveInfo) {
  const field = parentType.getFields()[fieldName]
  const [node] = fieldNodes
  return field && node ? getArgumentValues(field, node, variableValues) : {}
}
