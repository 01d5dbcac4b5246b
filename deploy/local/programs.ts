import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { spawnUnprivileged } from '../../src/platform/database/embedded-files.ts'

const startBoundMs = 60_000
const stopBoundMs = 30_000

interface Program {
  name: string
  child: ChildProcess
  log: string
}

/**
 * Programs of this machine as child processes, with their logs in a folder that goes with them. Each has a process group of
 * its own: Ctrl-C reaches only this process, which then stops them in order.
 */
export class Programs implements AsyncDisposable {
  readonly folder: string
  readonly #running: Program[] = []
  #ended: Promise<void> | undefined

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Programs> {
    return new Programs(await mkdtemp(join(tmpdir(), 'frontdoor-local-')))
  }

  /** PostgreSQL and PgBouncer do not run as root; see `spawnUnprivileged`. */
  startUnprivileged(name: string, command: string, args: string[]): void {
    this.#requireOpen()
    this.#keep(name, spawnUnprivileged(command, args))
  }

  start(name: string, command: string, args: string[], env: NodeJS.ProcessEnv = process.env): void {
    this.#requireOpen()
    this.#keep(name, spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /** Runs a program to its end. Throws with its output where it fails. */
  async run(name: string, command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
    this.start(name, command, args, env)
    await this.#untilDone(name)
  }

  async runUnprivileged(name: string, command: string, args: string[]): Promise<void> {
    this.startUnprivileged(name, command, args)
    await this.#untilDone(name)
  }

  /** Resolves once the program works. Throws with its output where it ends before, or takes longer than a minute. */
  async until(name: string, works: () => Promise<boolean>): Promise<void> {
    const program = this.#find(name)
    const deadline = Date.now() + startBoundMs
    while (!(await works())) {
      if (isOver(program.child)) throw failure(program, 'has ended')
      if (Date.now() > deadline) throw failure(program, 'does not work after a minute')
      await delay(100)
    }
  }

  /** Its exit status after SIGTERM; null where it had to be killed. */
  async stop(name: string): Promise<number | null> {
    const program = this.#find(name)
    this.#running.splice(this.#running.indexOf(program), 1)
    return end(program)
  }

  /** The database is started first, and stops last. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    const [database, ...others] = this.#running.splice(0)
    await Promise.all(others.map(end))
    if (database) await end(database)
    await rm(this.folder, { recursive: true, force: true })
  }

  #requireOpen(): void {
    if (this.#ended) throw new Error('the programs are being stopped')
  }

  #keep(name: string, child: ChildProcess): void {
    const log = join(this.folder, `${name}.log`)
    const file = createWriteStream(log, { flags: 'a', mode: 0o600 })
    child.stdout?.pipe(file, { end: false })
    child.stderr?.pipe(file, { end: false })
    child.once('error', (error) => file.write(`${error.message}\n`))
    this.#running.push({ name, child, log })
  }

  async #untilDone(name: string): Promise<void> {
    const program = this.#find(name)
    if (!isOver(program.child)) await Promise.race([once(program.child, 'close'), once(program.child, 'error')])
    this.#running.splice(this.#running.indexOf(program), 1)
    if (program.child.exitCode !== 0) throw failure(program, 'failed')
  }

  #find(name: string): Program {
    const program = this.#running.find((running) => running.name === name)
    if (!program) throw new Error(`${name} does not run`)
    return program
  }
}

async function end({ child }: Program): Promise<number | null> {
  if (isOver(child)) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const bound = new AbortController()
  const isInTime = await Promise.race([
    ended.then(() => true),
    delay(stopBoundMs, false, { signal: bound.signal }).catch(() => true),
  ])
  bound.abort()
  if (!isInTime) child.kill('SIGKILL')
  await ended
  return child.exitCode
}

function isOver(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function failure({ name, log }: Program, what: string): Error {
  return new Error(`${name} ${what}:\n${readFileSync(log, 'utf8').slice(-4000)}`)
}
