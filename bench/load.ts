import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import type { Contender, Question } from './contender.ts'
import type { ContenderProcess } from './contender-process.ts'
import type { DatabaseCpu } from './database-cpu.ts'

/** The result of a period of load. */
export interface Spell {
  requests: number
  elapsedMs: number
  /** Sorted. */
  latenciesMs: Float64Array
  /** CPU time of the server process, in microseconds. */
  cpuMicros: number
  /** CPU time of the database, in microseconds. */
  databaseMicros: number
  /** Memory of the server process at the end. */
  rssBytes: number
  /** The code of each failed request. They count as no request. */
  failures: readonly string[]
}

/** A response with errors, or none. `code` is that of the first error, or the HTTP status, or that of the connection. */
export class RequestFailed extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const errorsMember = Buffer.from('"errors"')

/** One shape of one contender, requested again and again with the variables of the next turn. */
export class Asker {
  readonly #process: ContenderProcess
  readonly #headers: IncomingHttpHeaders
  readonly #question: Question
  readonly #fixedBody: string | undefined
  readonly #name: string
  #turn = 0

  constructor(contender: Contender, process: ContenderProcess, question: Question) {
    this.#process = process
    this.#headers = { 'content-type': 'application/json', accept: 'application/json', ...contender.headers }
    this.#question = question
    this.#name = `${contender.name} (${question.operationName})`
    this.#fixedBody = question.variables ? undefined : this.#bodyOf(0)
  }

  /**
   * Sends one request at a time on each connection, for this long. The first request of each connection is not counted,
   * because it opens the connection.
   */
  async load(connections: number, forMs: number, database: DatabaseCpu): Promise<Spell> {
    const pool = new Pool(this.#process.url, { connections, pipelining: 1 })
    const onEach = (work: () => Promise<unknown>) => Promise.all(Array.from({ length: connections }, work))
    const latencies: number[] = []
    const failures: string[] = []
    try {
      await onEach(() => this.#try(pool, failures))
      const before = await this.#process.usage()
      const databaseSince = await database.count()
      const start = performance.now()
      await onEach(async () => {
        while (performance.now() < start + forMs) {
          const asked = performance.now()
          if (await this.#try(pool, failures)) latencies.push(performance.now() - asked)
        }
      })
      const elapsedMs = performance.now() - start
      const { cpuMicros, rssBytes } = await this.#process.usage()
      return {
        requests: latencies.length,
        elapsedMs,
        latenciesMs: Float64Array.from(latencies).sort(),
        cpuMicros: cpuMicros - before.cpuMicros,
        databaseMicros: await databaseSince(),
        rssBytes,
        failures,
      }
    } finally {
      await pool.destroy()
    }
  }

  /** The data of the response to a turn. */
  async ask(turn: number): Promise<unknown> {
    const pool = new Pool(this.#process.url, { connections: 1 })
    try {
      const answer: unknown = JSON.parse((await this.#send(pool, turn)).toString())
      return typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined
    } finally {
      await pool.close()
    }
  }

  /** Sends this many requests, one after the other. */
  async askNext(count: number): Promise<void> {
    const pool = new Pool(this.#process.url, { connections: 1 })
    try {
      for (let asked = 0; asked < count; asked++) await this.#send(pool, this.#turn++)
    } finally {
      await pool.close()
    }
  }

  /** Whether the next request succeeded. */
  async #try(pool: Pool, failures: string[]): Promise<boolean> {
    try {
      await this.#send(pool, this.#turn++)
      return true
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error
      failures.push(error.code)
      return false
    }
  }

  #bodyOf(turn: number): string {
    const { document, operationName, variables } = this.#question
    return JSON.stringify({ query: document, operationName, variables: variables?.(turn) })
  }

  #requestOf(turn: number): Dispatcher.DispatchOptions {
    const { operationName, variables, get, authorization } = this.#question
    const headers = authorization ? { ...this.#headers, authorization: authorization(turn) } : this.#headers
    if (!get) return { path: '/graphql', method: 'POST', headers, body: this.#fixedBody ?? this.#bodyOf(turn) }
    const search = new URLSearchParams({ ...get, operationName, variables: JSON.stringify(variables?.(turn) ?? {}) })
    return { path: `/graphql?${search}`, method: 'GET', headers }
  }

  /** Fails on an incomplete response: an error is fast, and must not count as speed. */
  #send(pool: Pool, turn: number): Promise<Buffer> {
    const request = this.#requestOf(turn)
    return new Promise((done, fail) => {
      const chunks: Buffer[] = []
      let status = 0
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd: () => {
          const answer = Buffer.concat(chunks)
          if (status === 200 && !answer.includes(errorsMember)) return done(answer)
          fail(this.#failureOf(status, answer.toString()))
        },
        onResponseError: (_controller, error) => {
          fail(new RequestFailed('code' in error ? String(error.code) : error.name, `${this.#name}: ${error.message}`))
        },
      }
      pool.dispatch(request, handler)
    })
  }

  #failureOf(status: number, answer: string): RequestFailed {
    const code = /"code":"(\w+)"/.exec(answer)?.[1] ?? `status ${status}`
    return new RequestFailed(code, `${this.#name} answered ${status}: ${answer.slice(0, 500)}`)
  }
}
