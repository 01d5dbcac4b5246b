import { pino } from 'pino'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openApp } from '../../../src/app.ts'
import { answer, codesOf, createWorld, dataOf } from '../../support/world.ts'
import { reasonToSkip } from '../support/embedded.ts'
import { StreamingCluster } from '../support/standby.ts'

const read = '{ orders(first: 3) { totalCount edges { node { number lines { product { name } } } } } }'
const orders = z.object({ orders: z.object({ totalCount: z.number() }) })
const change = 'mutation { productDiscontinue(input: { productId: "x", version: 1 }) { userErrors { code } } }'

const reason = reasonToSkip()
if (reason) console.warn(`a replica alone: skipped, ${reason}`)

it.skipIf(reason !== false)(
  'a server whose only database is a replica reads',
  async () => {
    await using cluster = await StreamingCluster.open()
    const standby = await cluster.addStandby()
    await using world = await createWorld({ server: cluster.server })
    await standby.caughtUp()
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) })
    const app = await openApp(world.config, standby.urlOf(world.serverDatabaseUrl), log)
    const ask = async (query: string) => {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${await world.tokenFor('admin')}`,
      }
      const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
      return answer.parse(await response.json())
    }
    try {
      expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
      expect(app.readingOnly).toBe('the database is a replica')
      expect(dataOf(await ask(read), orders).orders.totalCount).toBe(830)
      expect(codesOf(await ask(change))).toEqual(['SWITCHED_OFF'])
      expect(lines).toEqual([])
    } finally {
      await app.close()
    }
  },
  120_000,
)
