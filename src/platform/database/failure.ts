import pg from 'pg'
import { z } from 'zod'

/**
 * What a failed call means: it took too long; its caller has gone; the database is unavailable, busy or not as expected; or
 * PostgreSQL undid it for another transaction, so that nothing has happened and it can run again.
 */
export type DatabaseFailure = 'deadline' | 'cancelled' | 'unavailable' | 'undone'

/** The time of a request or transaction is over. */
export class DeadlinePassed extends Error {
  constructor() {
    super('the time is over')
  }
}

/** Nobody waits for the result any more. */
export class CallerGone extends Error {
  constructor() {
    super('the caller has gone')
  }
}

/** Where Prisma keeps PostgreSQL's SQLSTATE. */
const databaseError = z.object({
  code: z.string().optional(),
  meta: z
    .object({
      driverAdapterError: z
        .object({ cause: z.object({ originalCode: z.string().optional(), originalMessage: z.string().optional() }) })
        .optional(),
    })
    .optional(),
})

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const deadlineStates = new Set(['57014', '55P03'])
/** A prepared statement that is missing, exists already, or would return other columns than before. */
const outdatedStates = ['26000', '42P05', '0A000']
const undoneStates = new Set(['40001', '40P01', ...outdatedStates])
// Classes 28 and 3D come from connecting: a wrong password, or a missing database. 42P01 and 42703 are a missing table
// and column: the database is behind the code's migrations, or ahead of them.
const unavailableStates = /^(08|28|3D|53|57P|42P01|42703)/

/** https://www.prisma.io/docs/orm/reference/error-reference, and Node's own codes. */
const unavailableCodes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2021',
  'P2022',
  'P2024',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
])
/** Messages of the driver for a broken connection, and for none free in time, here or at a pooler. They have no code. */
const unavailableWords =
  /Query read timeout|timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable/

export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof DeadlinePassed) return 'deadline'
  if (error instanceof CallerGone) return 'cancelled'
  const { code, state } = partsOf(error)
  if (undoneStates.has(state)) return 'undone'
  if (deadlineStates.has(state)) return 'deadline'
  if (unavailableStates.test(state) || unavailableCodes.has(code) || unavailableWords.test(error.message))
    return 'unavailable'
  return databaseFailure(error.cause)
}

/** The role lacks a right, or a lock was not free in time. */
const onReplicaOnly = new Set(['42501', '55P03'])
const conflictWords = /conflict with recovery/

/**
 * Whether a read failed for a reason that a replica can have and its primary has not: it cannot be reached, it has not
 * replayed a migration or grants yet, or what it replays has locked or cancelled the read.
 */
export function isReplicaFailure(error: unknown): boolean {
  const failure = databaseFailure(error)
  if (failure === 'unavailable' || failure === 'undone') return true
  if (!(error instanceof Error)) return false
  const { state, words } = partsOf(error)
  return onReplicaOnly.has(state) || conflictWords.test(words) || isReplicaFailure(error.cause)
}

/** Whether a write met a unique value that another row has. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && (partsOf(error).state === '23505' || isDuplicate(error.cause))
}

/**
 * Whether PostgreSQL refused a value as one that it does not know, as it does with names of time zones.
 * @public
 */
export function isUnknownTimeZone(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '22023'
}

/** Whether PostgreSQL refuses a prepared statement as outdated, for example after a migration. */
export function isOutdated(error: unknown): boolean {
  return error instanceof pg.DatabaseError && outdatedStates.includes(error.code ?? '')
}

/** Whether a statement failed only because an earlier one of its transaction had failed. */
export function isAftermath(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '25P02'
}

function partsOf(error: Error) {
  const { code = '', meta } = databaseError.safeParse(error).data ?? {}
  const ownState = error instanceof pg.DatabaseError ? code : ''
  const { originalCode = ownState, originalMessage = error.message } = meta?.driverAdapterError?.cause ?? {}
  return { code, state: originalCode, words: originalMessage }
}
