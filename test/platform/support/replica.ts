import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Canary } from '../../support/canary.ts'

const root = join(import.meta.dirname, '../../..')

/** One server process among several, and what it logs. */
export class Replica implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #lines: string[]
  readonly #said: EventEmitter
  readonly #canary: Canary

  private constructor(url: string, child: ChildProcess, { lines, said, canary }: Heard) {
    this.url = url
    this.#child = child
    this.#lines = lines
    this.#said = said
    this.#canary = canary
  }

  /** Resolves when it says where it is open. */
  static async start(env: { DATABASE_URL: string } & Record<string, string>): Promise<Replica> {
    const canary = await Canary.on(env.DATABASE_URL)
    const child = spawn(process.execPath, ['--import', './scripts/require-node.js', 'src/main.ts'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'development', PORT: '0', LOG_FORMAT: 'json', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    const said = new EventEmitter()
    const reader = createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      canary.sees('a line of the log', line)
      said.emit('line')
    })
    reader.on('close', () => said.emit('line'))
    const url = await heard(/API and GraphiQL +(http:\S+)\/graphql/, { lines, said, child })
    return new Replica(url, child, { lines, said, canary })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Once it has logged this since the last time it was asked. */
  async logs(text: string): Promise<void> {
    await heard(new RegExp(`(${text})`), { lines: this.#lines, said: this.#said, child: this.#child })
  }

  countOf(text: string): number {
    return this.#lines.filter((line) => line.includes(text)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
    this.#canary.mustHaveSeenNothing()
  }
}

interface Heard {
  lines: string[]
  said: EventEmitter
  canary: Canary
}

interface Output extends Omit<Heard, 'canary'> {
  child: ChildProcess
}

/** What the first group of the pattern matched, in the first line that has it. That line is not looked at again. */
async function heard(pattern: RegExp, { lines, said, child }: Output): Promise<string> {
  for (;;) {
    const at = lines.findIndex((line) => pattern.test(line))
    const found = pattern.exec(lines[at] ?? '')?.[1]
    if (found !== undefined) {
      lines.splice(at, 1)
      return found
    }
    if (child.exitCode !== null) throw new Error(`the server ended: ${lines.join('\n')}`)
    await once(said, 'line')
  }
}
