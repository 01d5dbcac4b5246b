import type { PgBoss } from 'pg-boss'
import type { Jobs } from './jobs.ts'

interface QueueParts<Data extends object> {
  jobs: Jobs
  /** A queue that a migration has made. */
  name: string
  /** How many jobs this process takes at once. */
  atOnce: number
  /** The signal aborts when pg-boss takes this process for dead: another one may run the job then. */
  run: (data: Data, lost: AbortSignal) => Promise<void>
}

const pollSeconds = 1

/** Takes the jobs of one queue from its start on. */
export class Queue<Data extends object> {
  readonly #parts: QueueParts<Data>
  #boss: Promise<PgBoss> | undefined
  #workers: readonly string[] = []

  constructor(parts: QueueParts<Data>) {
    this.#parts = parts
  }

  get isStarted(): boolean {
    return this.#boss !== undefined
  }

  /** A failed start is tried again by the next call. */
  started(): Promise<PgBoss> {
    this.#boss ??= this.#start().catch((error: unknown) => {
      this.#boss = undefined
      throw error
    })
    return this.#boss
  }

  /** Looks for jobs at once. */
  wake(): void {
    const look = (boss: PgBoss) => {
      for (const worker of this.#workers) boss.notifyWorker(worker)
    }
    // The caller of `started` hears of a failed start.
    void this.#boss?.then(look, () => {})
  }

  async #start(): Promise<PgBoss> {
    const { jobs, name, atOnce, run } = this.#parts
    const boss = await jobs.started()
    const work = () =>
      boss.work<Data>(name, { pollingIntervalSeconds: pollSeconds }, async ([job]) => {
        if (job) await run(job.data, job.signal)
      })
    this.#workers = await Promise.all(Array.from({ length: atOnce }, work))
    return boss
  }
}
