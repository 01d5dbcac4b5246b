import { type ExecutionResult, getArgumentValues, locatedError } from 'graphql'
import type { Context } from '../../context.ts'
import type { CompiledOperation, RootField } from './compile-operation.ts'
import { NotCompiled } from './not-compiled.ts'
import { infoOf, type Operation } from './resolve-info.ts'
import { fail, type Run } from './write-response.ts'

/**
 * Answers an operation by the function made of its document: the root fields' own resolvers read and write, and what
 * they give becomes the answer without a promise, a path or a look-up for each field. Undefined where anything turns out
 * otherwise than it was thought to be, as where a value is not there: the general executor is to answer then. It reads
 * again, and its word holds; what mutations did is not done again.
 */
export async function execute(
  compiled: CompiledOperation,
  context: Context,
  variables: Record<string, unknown>,
): Promise<ExecutionResult | undefined> {
  const run: Run = { context, variables, arguments: [], pending: [], errors: [] }
  try {
    const data = await (isMutation(compiled) ? writeSerially(compiled, run) : readTogether(compiled, run))
    return run.errors.length === 0 ? { data } : { data: isNothing(compiled, data) ? null : data, errors: run.errors }
  } catch (error) {
    await Promise.allSettled(run.pending)
    if (error instanceof NotCompiled) compiled.isMistaken = true
    return undefined
  }
}

function isMutation({ operation }: CompiledOperation): boolean {
  return operation.definition.operation === 'mutation'
}

/** All rows are there before the first is completed, so that what is loaded for them is asked for at once, together. */
async function readTogether({ operation, fields }: CompiledOperation, run: Run): Promise<Record<string, unknown>> {
  const found = await Promise.all(
    fields.map((field) => ('name' in field ? field.name : resolveRoot(operation, field, run))),
  )
  const data: Record<string, unknown> = {}
  fields.forEach((field, index) => {
    if ('name' in field) data[field.key] = field.name
    else completeRoot(field, found[index], run, data)
  })
  await settle(run)
  return data
}

/** Section 6.2.2 of the specification: each is over, with all below it, before the next begins. */
async function writeSerially({ operation, fields }: CompiledOperation, run: Run): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = {}
  for (const field of fields) {
    if ('name' in field) data[field.key] = field.name
    else completeRoot(field, await resolveRoot(operation, field, run), run, data)
    await settle(run)
  }
  return data
}

async function settle({ pending }: Run): Promise<void> {
  while (pending.length > 0) await Promise.all(pending.splice(0))
}

async function resolveRoot(operation: Operation, root: RootField, run: Run): Promise<unknown> {
  const { key, field, nodes, resolverFor } = root
  const [node] = nodes
  try {
    const values = node && field.args.length > 0 ? getArgumentValues(field, node, run.variables) : {}
    const info = infoOf(operation, root, { prev: undefined, key }, run.variables)
    return await resolverFor(run.context.viewer)(undefined, values, run.context, info)
  } catch (error) {
    return locatedError(error, nodes, [key])
  }
}

/** To read again would fail again, so its error is the answer's. */
function completeRoot(root: RootField, found: unknown, run: Run, holder: Record<string, unknown>): void {
  const { key, nodes, nullable, complete } = root
  // Also where there must be none: then there is no answer at all.
  const at = { prev: undefined, key, holder, nullable: true }
  try {
    if (found instanceof Error) throw found
    holder[key] = complete(found, run, { ...at, nullable })
  } catch (error) {
    fail(error, nodes, run, at)
  }
}

/** Whether a null stands where there must be none. */
function isNothing({ fields }: CompiledOperation, data: Record<string, unknown>): boolean {
  return fields.some((field) => 'nullable' in field && !field.nullable && data[field.key] === null)
}
