import type { Transaction } from '../database/transaction.ts'
import type { Log } from '../observability/log.ts'
import { inTransaction, type Jobs } from './jobs.ts'
import { Queue } from './queue.ts'

interface WorkerParts<Data extends object> {
  jobs: Jobs
  /** A queue that a migration has made. */
  queue: string
  /** How many jobs this process takes at once. */
  atOnce: number
  /** Whether there is anything to do, perhaps left by another process. */
  isAnyOpen: () => Promise<boolean>
  /** Throws where the job is to run again. The signal aborts when the server stops, or takes this process for dead. */
  run: (data: Data, stopped: AbortSignal) => Promise<void>
  log: Log
}

/** By then the transaction of a new job is usually committed. A worker that looks too early looks again a second later. */
const wakeAfterMs = 30
/** How often a process that takes no jobs looks for those that another one has left. */
const lookEveryMs = 5000

/** Takes the jobs of one queue, from the moment when there is one. */
export class Worker<Data extends object> {
  readonly #parts: WorkerParts<Data>
  readonly #stopped = new AbortController()
  readonly #queue: Queue<Data>
  #looking: NodeJS.Timeout | undefined

  constructor(parts: WorkerParts<Data>) {
    const { jobs, queue: name, atOnce, run } = parts
    this.#parts = parts
    this.#queue = new Queue({
      jobs,
      name,
      atOnce,
      run: (data: Data, lost) => run(data, AbortSignal.any([this.#stopped.signal, lost])),
    })
  }

  start(): void {
    this.#looking = setInterval(() => void this.#look(), lookEveryMs).unref()
    void this.#look()
  }

  /** Lets jobs under way end, for some seconds. */
  async stop(): Promise<void> {
    clearInterval(this.#looking)
    this.#stopped.abort(new Error('the server stops'))
    await this.#parts.jobs.stop()
  }

  /** Lets a job run once the transaction is committed, or later. Jobs of one key run one after the other. */
  async enqueue(key: string, data: Data, tx: Transaction, startAfter?: Date): Promise<void> {
    const boss = await this.#queue.started()
    await boss.send(this.#parts.queue, data, {
      singletonKey: key,
      db: inTransaction(tx),
      ...(startAfter && { startAfter }),
    })
    setTimeout(() => this.#queue.wake(), wakeAfterMs).unref()
  }

  async #look(): Promise<void> {
    if (this.#queue.isStarted || this.#stopped.signal.aborted) return
    try {
      if (await this.#parts.isAnyOpen()) await this.#queue.started()
    } catch (err) {
      this.#parts.log.warn({ err, queue: this.#parts.queue }, 'jobs wait')
    }
  }
}
