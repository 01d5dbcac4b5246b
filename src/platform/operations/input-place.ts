import { Kind, type ValueNode } from 'graphql'
import type { NamedOperation } from './named-operation.ts'

/** A place in the variables of an operation. */
export interface InputPlace {
  readonly variable: string
  /** The steps below it. */
  readonly path: readonly string[]
}

/**
 * Where the variables have what a user error is about: its path goes through the arguments of the root field. Undefined
 * where the document itself has the value.
 */
export function inputPlace(
  { answer: { root } }: Pick<NamedOperation, 'answer'>,
  [argument, ...below]: readonly string[],
): InputPlace | undefined {
  const given = root.nodes[0]?.arguments?.find(({ name }) => name.value === argument)
  return given && placeIn(given.value, below)
}

function placeIn(value: ValueNode, path: readonly string[]): InputPlace | undefined {
  if (value.kind === Kind.VARIABLE) return { variable: value.name.value, path }
  const [step, ...below] = path
  if (step === undefined) return undefined
  if (value.kind === Kind.OBJECT) {
    const field = value.fields.find(({ name }) => name.value === step)
    return field && placeIn(field.value, below)
  }
  const item = value.kind === Kind.LIST ? value.values[Number(step)] : undefined
  return item && placeIn(item, below)
}
