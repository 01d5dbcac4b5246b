import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'

const started = z.object({ url: z.string() })
const spent = z.object({ cpuMicroseconds: z.number() })

/** A variant of the server in a process of its own, which reports its CPU time. */
export class ServerProcess {
  readonly variant: string
  readonly url: string
  readonly #child: ChildProcess

  private constructor(variant: string, url: string, child: ChildProcess) {
    this.variant = variant
    this.url = url
    this.#child = child
  }

  static async start(variant: string, databaseUrl: string, dataDir: string): Promise<ServerProcess> {
    const child = fork(join(import.meta.dirname, 'server.ts'), [variant, databaseUrl, dataDir], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the server "${variant}" did not start`)
    })
    const [message]: unknown[] = await Promise.race([once(child, 'message'), ended])
    ended.catch(() => {})
    return new ServerProcess(variant, started.parse(message).url, child)
  }

  /** CPU time of all its threads since its start. */
  async cpuMicroseconds(): Promise<number> {
    const answer = once(this.#child, 'message')
    this.#child.send('cpu')
    const [message]: unknown[] = await answer
    return spent.parse(message).cpuMicroseconds
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
