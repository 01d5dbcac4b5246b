import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../../..')

/** One server process among several, and what it logs. */
export class Replica implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #lines: string[]
  readonly #said: EventEmitter

  private constructor(url: string, child: ChildProcess, lines: string[], said: EventEmitter) {
    this.url = url
    this.#child = child
    this.#lines = lines
    this.#said = said
  }

  /** Resolves when it says where it is open. */
  static async start(env: Record<string, string>): Promise<Replica> {
    const child = spawn(process.execPath, ['--import', './scripts/require-node.js', 'src/main.ts'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'development', PORT: '0', LOG_FORMAT: 'json', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    const said = new EventEmitter()
    const reader = createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      said.emit('line')
    })
    reader.on('close', () => said.emit('line'))
    const url = await heard(/API and GraphiQL +(http:\S+)\/graphql/, { lines, said, child })
    return new Replica(url, child, lines, said)
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
  }
}

interface Output {
  lines: string[]
  said: EventEmitter
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
