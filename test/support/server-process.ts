import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Canary } from './canary.ts'

const root = join(import.meta.dirname, '../..')
const requireNode = ['--import', './scripts/require-node.js']

/** The server as production starts it: a process, with this environment only. */
export class ServerProcess implements AsyncDisposable {
  /** Where it listens, once it is open: `http://127.0.0.1:4000`. */
  url = ''
  /** Its exit status, once all its output was read; null where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #canary: Canary | undefined
  readonly #lines: string[] = []
  readonly #unread: string[] = []
  readonly #heard = new EventEmitter()
  #isOver = false

  /** Of the project in this folder, or another program of it. The canary sees every line. */
  constructor(env: Record<string, string>, canary?: Canary, folder = root, program = 'src/main.ts') {
    const child = spawn(process.execPath, [...requireNode, program], {
      cwd: folder,
      env: { PATH: process.env.PATH, ENV_FILE: devNull, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#canary = canary
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => this.#hear(line))
    }
    this.ended = once(child, 'close').then(() => {
      this.#isOver = true
      this.#heard.emit('more')
      return child.exitCode
    })
  }

  /** A program that is no server of this project, once it says its URL. */
  static async openProgram(program: string, env: Record<string, string>): Promise<ServerProcess> {
    const server = new ServerProcess(env, undefined, root, program)
    server.url = await server.says(/(http:\S+)/)
    return server
  }

  static async open(env: Record<string, string>, canary?: Canary): Promise<ServerProcess> {
    const server = new ServerProcess(env, canary)
    await server.says(/(is open)/)
    server.url = await server.says(/API and GraphiQL +(http:\S+)\/graphql/)
    return server
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get output(): string {
    return this.#lines.join('\n')
  }

  /** The first group of the match, once a line matches. That line is not searched again. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const at = this.#unread.findIndex((line) => pattern.test(line))
      const found = pattern.exec(this.#unread[at] ?? '')?.[1]
      if (found !== undefined) {
        this.#unread.splice(at, 1)
        return found
      }
      if (this.#isOver) throw new Error(`the server ended: ${this.output}`)
      await once(this.#heard, 'more')
    }
  }

  /** The number of matching lines that were not searched before. */
  countOf(pattern: RegExp): number {
    return this.#unread.filter((line) => pattern.test(line)).length
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
    this.#canary?.mustHaveSeenNothing()
  }

  #hear(line: string): void {
    this.#lines.push(line)
    this.#unread.push(line)
    this.#canary?.sees('a line of the log', line)
    this.#heard.emit('more')
  }
}
