import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { z } from 'zod'
import { endedMicros, parentOf } from './streams/process-cpu.ts'

const ownProcess = z.tuple([z.object({ pid: z.number() })])
const statementTime = z.tuple([z.object({ micros: z.coerce.number() })])

/** Where the database's figure comes from. */
export type DatabaseCpuSource = 'the operating system' | 'pg_stat_statements'

/**
 * CPU time of PostgreSQL, in microseconds, counted from an earlier reading. It is that of all its backends, user and
 * system, from Linux's scheduler statistics. Where the system does not tell, it is the time that statements took to plan
 * and execute, which includes their waits and misses everything around them.
 */
export class DatabaseCpu {
  readonly source: DatabaseCpuSource
  readonly #client: pg.Client
  readonly #own: number

  private constructor(client: pg.Client, own: number, source: DatabaseCpuSource) {
    this.#client = client
    this.#own = own
    this.source = source
  }

  static async on(client: pg.Client): Promise<DatabaseCpu> {
    const [{ pid }] = ownProcess.parse((await client.query('select pg_backend_pid() as pid')).rows)
    return new DatabaseCpu(client, pid, isTold(pid) ? 'the operating system' : 'pg_stat_statements')
  }

  /** Starts counting; the returned function ends it. */
  async count(): Promise<() => Promise<number>> {
    if (this.source === 'pg_stat_statements') {
      const before = await this.#statementMicros()
      return async () => (await this.#statementMicros()) - before
    }
    const before = this.#micros()
    return async () => this.#micros() - before
  }

  /** Of all processes of the server but the one that is asked here, also of those that have ended. */
  #micros(): number {
    const server = parentOf(this.#own)
    const nanos = childrenOf(server).map((pid) => (pid === this.#own ? 0 : (cpuNanosOf(pid) ?? 0)))
    return nanos.reduce((sum, value) => sum + value, 0) / 1000 + endedMicros(server)
  }

  async #statementMicros(): Promise<number> {
    const { rows } = await this.#client.query(
      'select coalesce(sum(total_plan_time + total_exec_time), 0) * 1000 as micros from pg_stat_statements',
    )
    return statementTime.parse(rows)[0].micros
  }
}

/** https://docs.kernel.org/scheduler/sched-stats.html: the first number is the time spent on a CPU, in nanoseconds. */
function cpuNanosOf(pid: number): number | undefined {
  try {
    const [nanos] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanos)
  } catch {
    return undefined
  }
}

/** Whether the system tells the time of a process and of those beside it. */
function isTold(pid: number): boolean {
  try {
    return cpuNanosOf(pid) !== undefined && childrenOf(parentOf(pid)).includes(pid)
  } catch {
    return false
  }
}

/** Also those that have ended and were not waited for. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}
