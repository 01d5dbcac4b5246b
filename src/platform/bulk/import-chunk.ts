import type { GraphQLInputType } from 'graphql'
import { Prisma } from '../../generated/prisma/client.ts'
import { type AuditEntry, auditEntries, insertEntries } from '../audit/audit-entry.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { AuditAction } from '../context.ts'
import type { Transaction } from '../database/transaction.ts'
import { codeOf, isHidden, publicError } from '../errors.ts'
import { Outbox } from '../events/outbox.ts'
import { encodeId } from '../graphql/ids.ts'
import type { Precedence } from '../limits/precedence.ts'
import { runTogether, type Touched } from '../mutations/batch.ts'
import { NotTogether } from '../mutations/batch-call.ts'
import type { Outcome } from '../mutations/idempotency.ts'
import type { Importable } from '../mutations/importable.ts'
import { atOnce } from '../mutations/run-mutation.ts'
import { Refusal } from '../mutations/user-errors.ts'
import type { InputLine } from './input-lines.ts'
import { type CoercedLine, coerceLine, type LineError } from './line-input.ts'

/** A line with its input as GraphQL has coerced it, or what is wrong with it. */
export interface CheckedLine extends InputLine {
  readonly coerced: CoercedLine
}

/** Other requests are not held up longer than this. */
const turnMs = 2

export async function checkLines(
  lines: readonly InputLine[],
  { type, isText, precedence }: ChunkParts,
): Promise<CheckedLine[]> {
  const checked: CheckedLine[] = []
  let begun = performance.now()
  for (const line of lines) {
    checked.push({ ...line, coerced: coerceLine(line, type, isText) })
    if (performance.now() < begun + turnMs) continue
    await precedence.turn()
    begun = performance.now()
  }
  return checked
}

export interface ChunkParts {
  importable: Importable
  type: GraphQLInputType
  isText: boolean
  viewer: Viewer
  requestId: string
  precedence: Precedence
}

/** What became of a line. */
export type LineResult = { line: number; outcome: Outcome } | { line: number; errors: readonly LineError[] }

/** The results of some lines, and what their transaction must write with its commit. */
export interface ChunkResults {
  results: LineResult[]
  outbox: Outbox
  audit: AuditEntry[]
  /** Undefined where it is not known. */
  touched: Touched | undefined
}

/**
 * Does the work of some lines in a transaction: all together, or one after the other where their work does not go together.
 * Throws NotTogether for the first, after which the transaction must be rolled back.
 */
export async function performLines(
  tx: Transaction,
  lines: readonly CheckedLine[],
  parts: ChunkParts,
  { together }: { together: boolean },
): Promise<ChunkResults> {
  const good = lines.flatMap(({ coerced }, at) => ('value' in coerced ? [{ at, value: coerced.value }] : []))
  const now = new Date()
  const outboxes: Outbox[] = []
  const work = (number: number, tx: Transaction): Promise<Outcome> => {
    const outbox = new Outbox()
    // Of an input that runs again, the last run counts.
    outboxes[number] = outbox
    return parts.importable.run(good[number]?.value, { tx, viewer: parts.viewer, now, emit: outbox.emit })
  }
  const { results: settled, touched } = together
    ? await runTogether(tx, good.length, work, parts.precedence.turn)
    : { results: await runInTurn(tx, good.length, work), touched: undefined }
  // Results and events of all lines are a part of their own.
  await parts.precedence.turn()
  const byLine = new Map(settled.map((result, number) => [good[number]?.at, result]))
  const outbox = new Outbox()
  settled.forEach((result, number) => {
    const own = outboxes[number]
    if (result.status === 'fulfilled' && own) outbox.append(own)
  })
  const results = lines.map(({ line: number, coerced }, at): LineResult => {
    if ('errors' in coerced) return { line: number, errors: coerced.errors }
    const result = byLine.get(at)
    return result?.status === 'fulfilled'
      ? { line: number, outcome: result.value }
      : { line: number, errors: errorsOf(result?.reason) }
  })
  return { results, outbox, audit: auditOf(results, parts), touched }
}

/** One after the other. A line that is refused leaves nothing. */
async function runInTurn(
  tx: Transaction,
  count: number,
  work: (number: number, tx: Transaction) => Promise<Outcome>,
): Promise<PromiseSettledResult<Outcome>[]> {
  const results: PromiseSettledResult<Outcome>[] = []
  for (let number = 0; number < count; number++) {
    await tx.$queryRawUnsafe('savepoint line')
    try {
      results.push({ status: 'fulfilled', value: await work(number, tx) })
      await tx.$queryRawUnsafe('release savepoint line')
    } catch (reason) {
      errorsOf(reason)
      await tx.$queryRawUnsafe('rollback to savepoint line')
      results.push({ status: 'rejected', reason })
    }
  }
  return results
}

/** The errors that a client can mend; throws any other error. */
function errorsOf(error: unknown): readonly LineError[] {
  if (error instanceof Refusal) return error.userErrors
  if (error instanceof NotTogether) throw error
  const shown = publicError(error)
  const code = codeOf(shown) ?? 'INTERNAL_SERVER_ERROR'
  if (isHidden(code)) throw error
  return [{ code, message: shown.message, path: ['input'] }]
}

/** One entry for what was done, and one for what was refused. */
function auditOf(results: readonly LineResult[], { importable, viewer, requestId }: ChunkParts): AuditEntry[] {
  const { name, changes } = importable
  const [subjectType] = Object.values(changes)
  const done = results.flatMap((result) => ('outcome' in result ? idsOf(result.outcome, changes) : []))
  const codes = results.flatMap((result) => ('errors' in result ? result.errors.map(({ code }) => code) : []))
  const actions: AuditAction[] = [
    ...(done.length > 0 ? [{ action: name, outcome: 'DONE' as const, subjectType, subjectIds: done }] : []),
    ...(codes.length > 0 ? [{ action: name, outcome: 'REFUSED' as const, subjectType, codes }] : []),
  ]
  return actions.flatMap((action) => auditEntries({ requestId, viewer, operation: 'import' }, action))
}

function idsOf(outcome: Outcome, changes: Importable['changes']): string[] {
  return Object.entries(changes).flatMap(([field, model]) => {
    const key = outcome[field]
    return key == null ? [] : [encodeId(model, key)]
  })
}

/** The public id of the main object that a line changed. */
export function mainIdOf(outcome: Outcome, { changes }: Importable): string | undefined {
  return idsOf(outcome, changes)[0]
}

/** The events and the audit entries of a chunk, as one statement. */
export function chunkWrites({ outbox, audit }: ChunkResults, viewer: Viewer): Prisma.Sql {
  const entries = audit.length > 0 ? insertEntries(audit) : undefined
  return atOnce([outbox.written(viewer), entries], Prisma.sql`select 1`)
}
