import { type ExecutionResult, getArgumentValues, locatedError } from 'graphql'
import type { Context } from '../context.ts'
import type { CompiledOperation, RootField, Run } from './compile-operation.ts'
import { NotCompiled } from './not-compiled.ts'
import type { CompiledInfo } from './selection-memo.ts'

/**
 * Answers a query by the function made of its document: the root fields' own resolvers make the reads, and their rows
 * become the answer without a promise, a path or a look-up for each field. Undefined where anything turns out otherwise
 * than it was thought to be (a field that fails below the root, a value that is not there): the general executor is to
 * answer then. It reads again, and its word holds.
 */
export async function execute(
  compiled: CompiledOperation,
  context: Context,
  variables: Record<string, unknown>,
): Promise<ExecutionResult | undefined> {
  const { fields } = compiled
  const run: Run = { context, variables, arguments: [], pending: [], errors: [] }
  const data: Record<string, unknown> = {}
  try {
    // All rows are there before the first is completed, so that what is loaded for them is asked for at once, together.
    const found = await Promise.all(
      fields.map((field) => ('name' in field ? field.name : readRoot(compiled, field, run))),
    )
    fields.forEach((field, index) => {
      data[field.key] = 'name' in field ? field.name : completeRoot(field, found[index], run)
    })
    while (run.pending.length > 0) await Promise.all(run.pending.splice(0))
  } catch (error) {
    // Whatever went wrong below the root: the general executor finds it again, and says where.
    await Promise.allSettled(run.pending)
    if (error instanceof NotCompiled) compiled.isMistaken = true
    return undefined
  }
  const { errors } = run
  if (errors.length === 0) return { data }
  const isNothing = fields.some((field) => 'nonNull' in field && field.nonNull && data[field.key] === null)
  return { data: isNothing ? null : data, errors }
}

async function readRoot(compiled: CompiledOperation, root: RootField, run: Run): Promise<unknown> {
  try {
    return await resolveRoot(compiled, root, run)
  } catch (error) {
    return locatedError(error, root.nodes, [root.key])
  }
}

/** A root field that fails is null, and its error is told: to read again would fail again. */
function completeRoot({ key, nodes, complete }: RootField, found: unknown, run: Run): unknown {
  if (!(found instanceof Error)) return complete(found, run, { prev: undefined, key })
  run.errors.push(locatedError(found, nodes, [key]))
  return null
}

function resolveRoot(
  { operation, parentType }: CompiledOperation,
  { key, field, nodes, memo }: RootField,
  run: Run,
): unknown {
  const [node] = nodes
  const { schema, definition, fragments } = operation
  const info: CompiledInfo = {
    selectionMemo: memo,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType,
    path: { prev: undefined, key, typename: parentType.name },
    schema,
    fragments,
    rootValue: undefined,
    operation: definition,
    variableValues: run.variables,
  }
  const values = node && field.args.length > 0 ? getArgumentValues(field, node, run.variables) : {}
  return field.resolve?.(undefined, values, run.context, info)
}
