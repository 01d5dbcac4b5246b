import { it } from 'vitest'
import { createWorld } from '../support/world.ts'
import { callers, cutConnections, expectInvariants } from './order-to-cash.ts'

// A small version of killed-server.test.ts: the server is in this process, and is not killed.

const steps = 50
const cuts = 2

it('random mutations keep every invariant while connections break', async () => {
  await expectInvariants({ command: 'npm test -- test/property', steps, orders: 10 }, async (carryOut) => {
    await using world = await createWorld()
    const running: Promise<void>[] = []
    const every = Math.floor((callers * steps) / (cuts + 1))
    let count = 0
    await carryOut({
      ownerUrl: world.databaseUrl,
      dataDir: world.config.dataDir,
      server: async () => ({ url: world.url }),
      step: () => {
        count++
        if (count % every === 0 && count <= cuts * every) running.push(cutConnections(world.databaseUrl))
      },
      settled: async () => {
        await Promise.all(running)
      },
    })
  })
})
