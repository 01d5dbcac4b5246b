import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { inject } from 'vitest'
import { z } from 'zod'
import { databaseUrl, onServer } from '../../support/database-server.ts'

interface Program {
  child: ChildProcess
  /** What it printed, once it has ended. */
  output: Promise<{ out: string; errors: string }>
}

/** The program of examples/warehouse, with a database of its own. Both are gone on disposal. */
export class Warehouse implements AsyncDisposable {
  readonly url: string
  readonly #name: string
  readonly #source: () => Promise<{ url: string; token: string }>
  readonly #db: pg.Client
  #program: Program | undefined

  /** `source` is asked at each start of the program: the address of the API, and a credential. */
  static async create(source: () => Promise<{ url: string; token: string }>): Promise<Warehouse> {
    const name = `frontdoor_warehouse_${randomUUID().replaceAll('-', '')}`
    await onServer(inject('server').url, `create database ${name}`)
    const warehouse = new Warehouse(name, source)
    await warehouse.#db.connect()
    return warehouse
  }

  private constructor(name: string, source: () => Promise<{ url: string; token: string }>) {
    this.#name = name
    this.#source = source
    this.url = databaseUrl(inject('server').url, name)
    this.#db = new pg.Client({ connectionString: this.url })
  }

  async start(): Promise<void> {
    this.#program = await this.#spawn()
  }

  /** Ends the program, which must have run until now. Returns its exit status; null where the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child, output } = await this.#running()
    this.#program = undefined
    child.kill(signal)
    await output
    return child.exitCode
  }

  /** Runs the program until it has everything. Returns what it printed. */
  async catchUp(): Promise<string> {
    const { child, output } = await this.#spawn('--once')
    const { out, errors } = await output
    if (child.exitCode !== 0) throw new Error(`the warehouse failed: ${errors}`)
    return out
  }

  /** Kills the program as soon as it has sent a statement that begins so, or at the signal. */
  async killAt(statement: string, signal?: AbortSignal): Promise<void> {
    const sent = () =>
      this.rows(
        `select pid from pg_stat_activity
         where application_name = 'frontdoor warehouse' and datname = current_database() and query like '${statement}%'`,
        z.object({ pid: z.number() }),
      )
    while (!signal?.aborted && (await sent()).length === 0) await this.#running()
    await this.end('SIGKILL')
  }

  async rows<T>(sql: string, row: z.ZodType<T>): Promise<T[]> {
    return z.array(row).parse((await this.#db.query(sql)).rows)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#program?.child.exitCode === null) await this.end('SIGKILL')
    await this.#db.end()
    await onServer(inject('server').url, `drop database if exists ${this.#name} with (force)`)
  }

  async #spawn(...args: string[]): Promise<Program> {
    const { url, token } = await this.#source()
    const child = spawn(process.execPath, ['examples/warehouse/warehouse.ts', ...args], {
      env: { PATH: process.env.PATH, FRONTDOOR_URL: url, FRONTDOOR_TOKEN: token, WAREHOUSE_URL: this.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const all = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { child, output: all.then(([out, errors]) => ({ out, errors })) }
  }

  async #running(): Promise<Program> {
    const program = this.#program
    if (program?.child.exitCode === null) return program
    throw new Error(`the warehouse does not run: ${(await program?.output)?.errors}`)
  }
}
