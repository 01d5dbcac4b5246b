import { it } from 'vitest'
import { Canary } from '../support/canary.ts'
import { createEnvironment } from '../support/environment.ts'
import { ServerProcess } from '../support/server-process.ts'
import { callers, cutConnections, expectInvariants } from './order-to-cash.ts'

const steps = 250
const kills = 5

/** Limits are off, because it is asked much in a short time. */
const generous = { RATE_LIMIT_CAPACITY: '1000000000', RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000' }

it('random mutations keep every invariant while connections break and the server is killed', async () => {
  await expectInvariants({ command: 'npm run test:slow -- test/property', steps, orders: 100 }, async (carryOut) => {
    await using environment = await createEnvironment('demo')
    const { ownerUrl, dataDir } = environment
    const canary = await Canary.on(ownerUrl)
    const env = { ...environment.env, ...generous, LOG_LEVEL: 'warn', LOG_FORMAT: 'json' }
    const disturbance = new Disturbance(() => ServerProcess.open(env, canary), ownerUrl)
    try {
      await carryOut({
        ...{ ownerUrl, dataDir },
        server: () => disturbance.server,
        step: () => disturbance.step(),
        settled: () => disturbance.settled(),
      })
      canary.mustHaveSeenNothing()
    } finally {
      await disturbance.end()
    }
  })
}, 120_000)

/** Kills the server at even intervals, and cuts its connections half-way between. */
class Disturbance {
  /** The server that runs, or is starting. */
  server: Promise<ServerProcess>
  #steps = 0
  readonly #every = Math.floor((callers * steps) / (2 * kills + 1))
  readonly #open: () => Promise<ServerProcess>
  readonly #database: string
  readonly #running: Promise<unknown>[] = []

  constructor(open: () => Promise<ServerProcess>, database: string) {
    this.#open = open
    this.#database = database
    this.server = open()
  }

  step(): void {
    this.#steps++
    if (this.#steps % this.#every !== 0) return
    const turn = this.#steps / this.#every
    if (turn > 2 * kills) return
    this.#running.push(turn % 2 === 0 ? this.#restart() : cutConnections(this.#database))
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** A hard kill: requests in flight are lost. */
  async end(): Promise<void> {
    await (await this.server).end('SIGKILL')
  }

  #restart(): Promise<ServerProcess> {
    this.server = this.end().then(this.#open)
    return this.server
  }
}
