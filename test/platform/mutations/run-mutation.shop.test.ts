import { afterAll, beforeAll, expect, it } from 'vitest'
import { anonymous } from '../../../src/platform/auth/viewer.ts'
import { Database } from '../../../src/platform/database/client.ts'
import { type MutationScope, runMutation } from '../../../src/platform/mutations/run-mutation.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let database: Database
beforeAll(async () => {
  world = await createWorld()
  database = new Database(world.serverDatabaseUrl, world.config.database)
})
afterAll(async () => {
  await database.close()
  await world.close()
})

const unaudited = () => []

const raise = ({ tx }: MutationScope, name: string) =>
  tx.category.update({ where: { name }, data: { version: { increment: 1 } } })

it('a mutation that PostgreSQL undid for a deadlock runs again, and happens once', async () => {
  const names = ['Beverages', 'Seafood']
  const arrived = names.map(() => Promise.withResolvers<void>())
  let runs = 0
  const opposite = names.map((first, index) =>
    runMutation(
      { transactions: database.transactions, viewer: anonymous, isDryRun: false },
      undefined,
      async (scope) => {
        runs++
        await raise(scope, first)
        // Each locks its first row before either asks for the other's.
        arrived[index]?.resolve()
        await Promise.all(arrived.map(({ promise }) => promise))
        await raise(scope, names[1 - index] ?? '')
        return {}
      },
      unaudited,
    ),
  )

  await Promise.all(opposite)

  expect(runs).toBeGreaterThan(2)
  const versions = await world.client.category.findMany({ where: { name: { in: names } }, select: { version: true } })
  expect(versions).toEqual([{ version: 3 }, { version: 3 }])
})

it('a mutation that fails for another reason does not run again', async () => {
  let runs = 0
  const failing = runMutation(
    { transactions: database.transactions, viewer: anonymous, isDryRun: false },
    undefined,
    async () => {
      runs++
      throw new Error('a bug')
    },
    unaudited,
  )
  await expect(failing).rejects.toThrow('a bug')
  expect(runs).toBe(1)
})
