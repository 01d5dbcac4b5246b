import type { Transaction } from '../database/transaction.ts'
import { type Call, Deferred, type Group, type Input, NotTogether } from './batch-call.ts'
import { BatchStatements } from './batch-statements.ts'
import { transactionOf } from './batch-transaction.ts'

type Work<Result> = (input: number, tx: Transaction) => Promise<Result>

export interface Together<Result> {
  results: PromiseSettledResult<Result>[]
  touched: Touched
}

/** What inputs have read without a lock, locked and written, each by its key. */
export class Touched {
  readonly read = new Set<string>()
  readonly locked = new Set<string>()
  readonly written = new Set<string>()

  /** Whether the result would be another one if the others had been committed before. */
  dependsOn({ locked, written }: Touched): boolean {
    return !(
      this.read.isDisjointFrom(written) &&
      this.written.isDisjointFrom(written) &&
      this.locked.isDisjointFrom(locked)
    )
  }
}

/**
 * Does the work of a mutation for many inputs in one transaction, with about as many statements as for one input. The work
 * is that of a single call, and the result is that of single calls one after the other:
 *
 * All inputs run at once. When each of them waits for the database, calls of the same kind become one statement. An input
 * that would lock or write what an earlier one has locked or written waits for the next wave, and so does one that has read
 * what an earlier one wrote later. An input that has written cannot run again: then nothing is done together (NotTogether).
 * Two transactions that run at once do the same as one after the other if the later one does not depend on what the earlier
 * one has touched.
 *
 * `turn` resolves in a later turn of the event loop, when these inputs may go on.
 */
export async function runTogether<Result>(
  tx: Transaction,
  count: number,
  work: Work<Result>,
  turn: () => Promise<void>,
): Promise<Together<Result>> {
  const batch = new Batch(tx, turn)
  const results: PromiseSettledResult<Result>[] = []
  let waiting = Array.from({ length: count }, (_, number) => number)
  // Inputs that wait for each other would begin in every wave in vain: a wave takes about as many as the last one has done.
  let width = count
  for (let waves = 0; waiting.length > 0; waves++) {
    if (waves > 3 * count) throw new NotTogether('the inputs wait for each other')
    const begun = waiting.slice(0, width)
    const again = await batch.wave(begun, async (number, tx) => {
      results[number] = await settled(work(number, tx))
      return results[number]
    })
    width = again.length === 0 ? count : Math.max(1, 2 * (begun.length - again.length))
    waiting = [...again, ...waiting.slice(begun.length)].sort((a, b) => a - b)
  }
  return { results, touched: batch.touched }
}

function settled<Result>(work: Promise<Result>): Promise<PromiseSettledResult<Result>> {
  return work.then(
    (value) => ({ status: 'fulfilled', value }),
    (reason: unknown) => ({ status: 'rejected', reason }),
  )
}

/** One for all calls, because a new error would record its stack each time. */
const deferred = new Deferred()

/** The calls of all inputs of a transaction. */
class Batch {
  readonly statements: BatchStatements
  readonly touched = new Touched()
  /** What the inputs of this wave lock and write, those too that wait for the next one. */
  #claimed = new Map<string, { input: Input; isGranted: boolean }>()
  #written = new Map<string, Input>()
  #groups = new Map<string, Group>()
  readonly #turn: () => Promise<void>
  #isWaiting = false
  #failure: unknown

  constructor(tx: Transaction, turn: () => Promise<void>) {
    this.#turn = turn
    this.statements = new BatchStatements(tx, this.touched.read)
  }

  /** Runs inputs at once. Returns the numbers of those that must run again. */
  async wave(
    numbers: readonly number[],
    run: (number: number, tx: Transaction) => Promise<PromiseSettledResult<unknown>>,
  ): Promise<number[]> {
    this.#claimed = new Map()
    this.#written = new Map()
    const inputs = numbers.map((number): Input => ({ number, hasWritten: false }))
    const ended = await Promise.all(inputs.map((input) => run(input.number, transactionOf(this, input))))
    if (this.#failure !== undefined) throw this.#failure
    const again = new Set<number>()
    inputs.forEach((input, at) => {
      const result = ended[at]
      if (result?.status === 'rejected' && result.reason instanceof Deferred) again.add(input.number)
      else if (result?.status === 'rejected' && input.hasWritten) throw new NotTogether('a refused input has written')
    })
    for (const input of this.#outdated()) {
      if (input.hasWritten) throw new NotTogether('an input has written by what it should not have read')
      again.add(input.number)
    }
    this.#forget(again)
    return [...again].sort((a, b) => a - b)
  }

  /** Inputs that have read what an earlier one wrote later. */
  #outdated(): Set<Input> {
    const outdated = new Set<Input>()
    for (const [key, { number }] of this.#written) {
      for (const reader of this.statements.readers.get(key) ?? []) if (reader.number > number) outdated.add(reader)
    }
    return outdated
  }

  #forget(again: ReadonlySet<number>): void {
    for (const readers of this.statements.readers.values())
      for (const reader of readers) if (again.has(reader.number)) readers.delete(reader)
  }

  /** A call of one input, which waits for those of the others. */
  call(
    input: Input,
    { group, asked, claims }: Pick<Call, 'group' | 'asked' | 'claims'>,
    send: Group['send'],
  ): Promise<unknown> {
    // The continuations of all inputs have run when the next turn of the event loop begins.
    if (!this.#isWaiting) void this.#turn().then(() => this.#sendAll())
    this.#isWaiting = true
    return new Promise((resolve, reject) => {
      const known = this.#groups.get(group) ?? { calls: [], send }
      this.#groups.set(group, known)
      known.calls.push({ input, group, asked, claims, resolve, reject })
    })
  }

  /** In the order of the first calls, which is the order of each input’s own calls. */
  #sendAll(): void {
    this.#isWaiting = false
    const groups = [...this.#groups.values()]
    this.#groups = new Map()
    try {
      const refused = this.#claim(groups.flatMap(({ calls }) => calls))
      for (const { calls, send } of groups) {
        const sent = calls.filter((call) => !refused.has(call)).sort(byInput)
        if (sent.length > 0) send(sent).catch((error: unknown) => this.#end(sent, error))
      }
    } catch (error) {
      for (const { calls } of groups) this.#end(calls, error)
    }
  }

  #end(calls: readonly Call[], error: unknown): void {
    this.fail(error)
    for (const { reject } of calls) reject(error)
  }

  /**
   * Grants each input what it is the first to claim. Another one is deferred with all that it claims, so that what comes
   * behind it waits for it too.
   */
  #claim(calls: readonly Call[]): Set<Call> {
    const refused = new Set<Call>()
    for (const call of calls.toSorted(byInput)) {
      const { input, claims } = call
      if (!claims) continue
      const isGranted = claims.keys.every((key) => this.#isFree(key, input))
      for (const key of claims.keys) if (this.#isFree(key, input)) this.#claimed.set(key, { input, isGranted })
      if (isGranted) {
        for (const key of claims.keys) this.touched[claims.isWrite ? 'written' : 'locked'].add(key)
        if (!claims.isWrite) continue
        input.hasWritten = true
        for (const key of claims.keys) this.#written.set(key, input)
        continue
      }
      if (input.hasWritten) throw new NotTogether('an input that has written must wait')
      refused.add(call)
      call.reject(deferred)
    }
    return refused
  }

  #isFree(key: string, { number }: Input): boolean {
    const claim = this.#claimed.get(key)
    if (!claim || claim.input.number === number) return true
    if (claim.input.number < number) return false
    if (claim.isGranted) throw new NotTogether('a later input came first')
    return true
  }

  /** A failed statement ends the transaction. */
  fail(error: unknown): unknown {
    if (!(error instanceof Deferred)) this.#failure ??= error
    return error
  }
}

function byInput(a: Call, b: Call): number {
  return a.input.number - b.input.number
}
