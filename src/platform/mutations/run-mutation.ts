import { setTimeout as delay } from 'node:timers/promises'
import { Prisma } from '../../generated/prisma/client.ts'
import { type AuditEntry, insertEntries } from '../audit/audit-entry.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Context } from '../context.ts'
import { databaseFailure, isDuplicate } from '../database/failure.ts'
import type { Transaction, Transactions } from '../database/transaction.ts'
import { runOrUndo } from '../database/undoable-transaction.ts'
import { type Emit, Outbox } from '../events/outbox.ts'
import { claimKey, type IdempotentCall, keyInFlight, knownOutcome, type Outcome, outcomeKept } from './idempotency.ts'

/** What a mutation works with, all of it in one transaction. */
export interface MutationScope {
  tx: Transaction
  viewer: Viewer
  /** The time of everything the mutation writes. */
  now: Date
  emit: Emit
}

const maxAttempts = 5

/**
 * Runs a mutation in one transaction: it takes the idempotency key and does the work. One statement, sent with the
 * commit, writes events, audit entries and outcome, so that none exists without the others. Where PostgreSQL undoes the
 * transaction (a deadlock, a serialization failure, a unique value that another has just taken) it runs again, and its
 * checks see the other's writes. It does not run again after a connection is lost during the commit: only a client with
 * a key can retry that safely. A dry run ends with everything undone.
 */
export async function runMutation(
  { transactions, viewer, isDryRun }: Pick<Context, 'transactions' | 'viewer' | 'isDryRun'>,
  call: IdempotentCall | undefined,
  work: (scope: MutationScope) => Promise<Outcome>,
  audit: (outcome: Outcome) => readonly AuditEntry[],
): Promise<{ outcome: Outcome; replayed: boolean }> {
  for (let attempt = 1; ; attempt++) {
    try {
      const write = (tx: Transaction) => once(tx, viewer, call, work, audit)
      const outcome = await (isDryRun ? undone(transactions, write) : transactions.run(write))
      return { outcome, replayed: false }
    } catch (error) {
      if (error instanceof Replay) return { outcome: error.outcome, replayed: true }
      if (!isWorthRepeating(error) || attempt === maxAttempts) throw error
      await delay(Math.random() * 20 * 2 ** attempt)
    }
  }
}

async function undone(transactions: Transactions, write: (tx: Transaction) => Promise<Outcome>): Promise<Outcome> {
  let outcome: Outcome = {}
  await runOrUndo(transactions, async (tx) => {
    outcome = await write(tx)
    return 'undo'
  })
  return outcome
}

/** The outcome of an earlier call with this key; undefined where none has ended. */
export function earlierOutcome(
  { transactions, viewer }: Pick<Context, 'transactions' | 'viewer'>,
  call: IdempotentCall,
): Promise<Outcome | undefined> {
  return transactions.run((tx) => knownOutcome(tx, viewer, call))
}

/** Whether PostgreSQL has undone the transaction, so that it can run again. */
export function isWorthRepeating(error: unknown): boolean {
  return databaseFailure(error) === 'undone' || isDuplicate(error)
}

async function once(
  tx: Transaction,
  viewer: Viewer,
  call: IdempotentCall | undefined,
  work: (scope: MutationScope) => Promise<Outcome>,
  audit: (outcome: Outcome) => readonly AuditEntry[],
): Promise<Outcome> {
  const outbox = new Outbox()
  const run = () => work({ tx, viewer, now: new Date(), emit: outbox.emit })
  const outcome = call ? await runOnce(tx, viewer, call, run) : await run()
  const kept = call && outcomeKept(viewer, call, outcome)
  tx.$withCommit(tx.$executeRaw(atOnce([outbox.written(viewer), kept], insertEntries(audit(outcome)))))
  return outcome
}

/** Ends the transaction of a repeated call, with the outcome of the first. */
class Replay extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('replayed')
    this.outcome = outcome
  }
}

/** Runs the work if the key is new. Throws a Replay if it is not. */
async function runOnce(
  tx: Transaction,
  viewer: Viewer,
  call: IdempotentCall,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const claiming = requireNewKey(tx, viewer, call)
  if (!call.readsFirst) {
    await claiming
    return run()
  }
  // The work sends its reads behind the key's statement. What it found, refused or wrote counts for a new key only.
  const [claimed, worked] = await Promise.allSettled([claiming, run()])
  if (claimed.status === 'rejected') throw claimed.reason
  if (worked.status === 'rejected') throw worked.reason
  return worked.value
}

async function requireNewKey(tx: Transaction, viewer: Viewer, call: IdempotentCall): Promise<void> {
  const known = await claim(tx, viewer, call)
  if (known) throw new Replay(known)
}

/** Combines several writing statements into one. */
export function atOnce(parts: readonly (Prisma.Sql | undefined)[], last: Prisma.Sql): Prisma.Sql {
  const named = parts.flatMap((part) => part ?? [])
  if (named.length === 0) return last
  return Prisma.sql`with ${Prisma.join(named.map((part, index) => Prisma.sql`${Prisma.raw(`part_${index}`)} as (${part})`))} ${last}`
}

async function claim(tx: Transaction, viewer: Viewer, call: IdempotentCall): Promise<Outcome | undefined> {
  try {
    return await claimKey(tx, viewer, call)
  } catch (error) {
    throw databaseFailure(error) === 'deadline' ? keyInFlight() : error
  }
}
