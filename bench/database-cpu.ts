import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { z } from 'zod'

const processes = z.array(z.object({ pid: z.number() }))
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

  private constructor(client: pg.Client, source: DatabaseCpuSource) {
    this.#client = client
    this.source = source
  }

  static async on(client: pg.Client): Promise<DatabaseCpu> {
    const own = processes.parse((await client.query('select pg_backend_pid() as pid')).rows)[0]
    const isTold = own !== undefined && cpuNanosOf(own.pid) !== undefined
    return new DatabaseCpu(client, isTold ? 'the operating system' : 'pg_stat_statements')
  }

  /** Starts counting; the returned function ends it. */
  async count(): Promise<() => Promise<number>> {
    if (this.source === 'pg_stat_statements') {
      const before = await this.#statementMicros()
      return async () => (await this.#statementMicros()) - before
    }
    const before = await this.#backends()
    return async () => {
      const after = await this.#backends()
      // A backend that was not there before has used all of its time since.
      const nanos = [...after].map(([pid, now]) => now - (before.get(pid) ?? 0))
      return nanos.reduce((sum, value) => sum + value, 0) / 1000
    }
  }

  /** All processes of the server but the one that is asked here. */
  async #backends(): Promise<Map<number, number>> {
    const { rows } = await this.#client.query('select pid from pg_stat_activity where pid <> pg_backend_pid()')
    return new Map(processes.parse(rows).map(({ pid }) => [pid, cpuNanosOf(pid) ?? 0]))
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
