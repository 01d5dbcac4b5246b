import { type FieldNode, type GraphQLArgument, type GraphQLField, Kind, type ValueNode } from 'graphql'
import { largestPage, listSizeOf } from './cost-directives.ts'

type Field = GraphQLField<unknown, unknown>

/** The number of items a list is counted with. Its arguments may be variables, which only a request gives values. */
export interface ListSize {
  readonly assumed: number
  readonly largest: number
  readonly sizes: readonly Size[]
}

/** A number, or a variable of the operation with the argument's default, which counts where the variable is not sent. */
interface Size {
  readonly literal: number | undefined
  readonly variable: string | undefined
}

/** The size that a field sets: for its own list, or for the fields below it that are its list. */
export function listSize(field: Field, node: FieldNode): ListSize | undefined {
  const said = listSizeOf(field)
  if (!said) return undefined
  const sliced = said.slicingArguments ?? []
  const sizes = field.args.filter(({ name }) => sliced.includes(name)).map((argument) => sizeFrom(argument, node))
  return { assumed: said.assumedSize, largest: largestPage(field), sizes }
}

/**
 * A size that the list refuses counts 0, because nothing is read. A page of 0 counts 1, because one row with all its fields
 * is read to find out whether there are more.
 */
export function itemsOf({ assumed, largest, sizes }: ListSize, variables: Record<string, unknown>): number {
  let items: number | undefined
  for (const { literal, variable } of sizes) {
    const given = variable === undefined || !Object.hasOwn(variables, variable) ? literal : sizeOf(variables[variable])
    if (given === undefined) continue
    if (given < 0 || given > largest) return 0
    items = Math.max(items ?? 0, given, Number.isFinite(largest) ? 1 : 0)
  }
  return items ?? assumed
}

function sizeFrom(argument: GraphQLArgument, node: FieldNode): Size {
  const value = node.arguments?.find(({ name }) => name.value === argument.name)?.value
  const fallback = sizeOf(argument.defaultValue)
  if (!value) return { literal: fallback, variable: undefined }
  if (value.kind === Kind.VARIABLE) return { literal: fallback, variable: value.name.value }
  return { literal: literalSize(value), variable: undefined }
}

function sizeOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' ? value : undefined
}

function literalSize(value: ValueNode): number | undefined {
  if (value.kind === Kind.NULL) return undefined
  if (value.kind === Kind.INT) return Number(value.value)
  // GraphQL coerces one value to a list of one.
  return value.kind === Kind.LIST ? value.values.length : 1
}
