import { type ExecutionResult, locatedError } from 'graphql'
import type { Context, Lines } from '../../context.ts'
import { askedBy } from '../../database/asking-field.ts'
import { Page } from '../../graphql/page.ts'
import { compileLines } from './compile-lines.ts'
import type { CompiledOperation, RootField } from './compile-operation.ts'
import { JsonBytes, JsonPiece } from './json-bytes.ts'
import { NotCompiled } from './not-compiled.ts'
import { infoOf, type Operation } from './resolve-info.ts'
import type { LinesRun, WriteJson } from './write-lines.ts'
import { fail, type Run } from './write-response.ts'

/**
 * Executes a compiled operation: the root fields' resolvers read and write, and compiled functions turn their rows into
 * the response, without a promise, a path or a look-up for each field. Undefined where a value is not as the compiler
 * expected: the general route then reads again. It performs no mutation again.
 */
export async function execute(
  compiled: CompiledOperation,
  context: Context,
  variables: Record<string, unknown>,
  rootValue?: unknown,
): Promise<ExecutionResult | undefined> {
  const run = newRun(context, variables, rootValue)
  try {
    const data = await (isMutation(compiled) ? writeSerially(compiled, run) : readTogether(compiled, run))
    return run.errors.length === 0 ? { data } : { data: isNull(compiled, data) ? null : data, errors: run.errors }
  } catch (error) {
    await Promise.allSettled(run.pending)
    if (error instanceof NotCompiled) compiled.isUnusable = true
    return undefined
  }
}

/** So many nodes of an export are written without a turn for other requests. */
const nodesAtOnce = 200

/** Of a line, in bytes. */
const expectedLength = 192

/**
 * Executes the list of an export. Undefined where its rows cannot be written as lines, or were not read: then the
 * operation must be executed like the others.
 */
export async function executeLines(
  compiled: CompiledOperation,
  { context, variables, turn }: { context: Context; variables: Record<string, unknown>; turn: () => Promise<void> },
): Promise<Lines | undefined> {
  const [root] = compiled.fields
  if (!root || 'name' in root || compiled.lines === null) return undefined
  const run = newRun(context, variables)
  try {
    compiled.lines ??= compileLines(compiled.operation, root)
    const page = await resolveRoot(compiled.operation, root, run)
    return page instanceof Page ? await linesOf(page.rows, compiled.lines, run, turn) : undefined
  } catch {
    compiled.lines = null
    return undefined
  }
}

const endOfLine = new JsonPiece('\n')

async function linesOf(
  nodes: readonly unknown[],
  write: WriteJson,
  run: Run,
  turn: () => Promise<void>,
): Promise<Lines> {
  const out = new JsonBytes(nodes.length * expectedLength)
  const ofLines: LinesRun = { ...run, out, rowsBelow: 0 }
  for (let at = 0; at < nodes.length; at++) {
    // The first turn sends the statement of the page behind.
    if (at % nodesAtOnce === 0) await turn()
    write(nodes[at], ofLines)
    out.piece(endOfLine)
  }
  return { bytes: out.end(), rows: nodes.length + ofLines.rowsBelow }
}

function newRun(context: Context, variables: Record<string, unknown>, rootValue?: unknown): Run {
  return { context, rootValue, variables, arguments: [], pending: [], errors: [] }
}

function isMutation({ operation }: CompiledOperation): boolean {
  return operation.definition.operation === 'mutation'
}

/** Waits for all root rows before it completes the first, so that loaders batch the keys of all of them. */
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

/** Section 6.2.2 of the specification: each mutation ends, with all below it, before the next begins. */
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
  const { key, nodes, argumentsIn, resolverFor } = root
  try {
    const place = { prev: undefined, key }
    const info = infoOf(operation, root, place, run.variables)
    const resolve = resolverFor(run.context.viewer)
    return await askedBy(place, () => resolve(run.rootValue, argumentsIn(run), run.context, info))
  } catch (error) {
    return locatedError(error, nodes, [key])
  }
}

function completeRoot(root: RootField, found: unknown, run: Run, data: Record<string, unknown>): void {
  const { key, nodes, nullable, complete } = root
  const position = { prev: undefined, key, parent: data, nullable }
  try {
    if (found instanceof Error) throw found
    data[key] = complete(found, run, position)
  } catch (error) {
    // A null is written at a non-null root field too: `isNull` then makes the whole data null.
    fail(error, nodes, run, { ...position, nullable: true })
  }
}

/** Whether a non-null root field has a null, so that the data is null. */
function isNull({ fields }: CompiledOperation, data: Record<string, unknown>): boolean {
  return fields.some((field) => 'nullable' in field && !field.nullable && data[field.key] === null)
}
