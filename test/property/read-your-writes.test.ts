import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { seed } from '../platform/support/draw.ts'
import { reasonToSkip } from '../platform/support/embedded.ts'
import { type Standby, StreamingCluster } from '../platform/support/standby.ts'
import { answer, createWorld, dataOf } from '../support/world.ts'

const pairs = Number(process.env.PAIRS ?? 2000)
const clients = 4
const longestLagMs = 3000

const reason = reasonToSkip()
if (reason) console.warn(`read your writes: skipped, ${reason}`)

const created = z.object({ categoryCreate: z.object({ category: z.object({ id: z.string() }) }) })
const found = z.object({ category: z.object({ name: z.string() }).nullable() })
const operation = z.looseObject({ msg: z.literal('operation'), database: z.string().optional() })

it.skipIf(reason !== false)(
  'a read with the token of a mutation shows what that wrote, from replicas that are 0 to 3 s behind',
  async () => {
    console.log(`read your writes: ${pairs} pairs, RANDOM_SEED=${seed}`)
    await using cluster = await StreamingCluster.open()
    const standbys = [await cluster.addStandby(), await cluster.addStandby()]
    const replicaUrlsOf = (url: string) => standbys.map((standby) => standby.urlOf(url))
    // As far as this test lets them lag, and further: only the tokens keep reads from them.
    const env = { REPLICA_MAX_LAG_MS: '60000' }
    await using world = await createWorld({ server: cluster.server, env, replicaUrlsOf })
    await Promise.all(standbys.map((standby) => standby.caughtUp()))
    const other = await world.openReplica()
    const over = new AbortController()
    const lagging = standbys.map((standby, index) => lag(standby, seed + index, over.signal))
    const authorization = `Bearer ${await world.tokenFor('admin')}`

    async function ask(url: string, query: string, variables: object, token?: string) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization, ...(token && { 'x-consistency-token': token }) },
        body: JSON.stringify({ query, variables }),
      })
      return { answered: answer.parse(await response.json()), token: response.headers.get('x-consistency-token') ?? '' }
    }

    /** Writes, and reads on this or on the other server, with the token and without. */
    async function pair(number: number): Promise<{ isStale: boolean; isStaleWithout: boolean }> {
      const name = `Category ${number}`
      const write = 'mutation C($name: String!) { categoryCreate(input: { name: $name }) { category { id } } }'
      const { answered, token } = await ask(world.url, write, { name })
      const { id } = dataOf(answered, created).categoryCreate.category
      const read = 'query R($id: ID!) { category: node(id: $id) { ... on Category { name } } }'
      const url = number % 2 === 0 ? world.url : other.url
      const nameIn = async (sent?: string) =>
        dataOf((await ask(url, read, { id }, sent)).answered, found).category?.name
      return { isStale: (await nameIn(token)) !== name, isStaleWithout: (await nameIn()) !== name }
    }

    let next = 0
    const results: Awaited<ReturnType<typeof pair>>[] = []
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (next < pairs) results.push(await pair(next++))
      }),
    )
    over.abort()
    await Promise.all(lagging)
    const servers = Object.groupBy([...world.logLines, ...other.logLines], (line) => {
      return operation.safeParse(JSON.parse(line)).data?.database ?? 'none'
    })
    const counts = Object.entries(servers).map(([server, lines]) => `${server} ${lines?.length}`)
    const stale = results.filter(({ isStale }) => isStale).length
    const staleWithout = results.filter(({ isStaleWithout }) => isStaleWithout).length
    console.log(
      `read your writes: ${stale} stale, ${staleWithout} without a token; read on ${counts.sort().join(', ')}`,
    )
    await other.close()

    expect({ pairs: results.length, stale }).toEqual({ pairs, stale: 0 })
    // The lag was there to be seen, and the tokens did not send every read to the primary.
    expect(staleWithout).toBeGreaterThan(pairs / 20)
    expect(servers['replica 1']?.length).toBeGreaterThan(pairs / 20)
  },
  600_000,
)

/** Makes a replica fall behind for up to 3 s, again and again. */
async function lag(standby: Standby, seed: number, signal: AbortSignal): Promise<void> {
  const turns = fc.sample(fc.record({ behindMs: fc.nat(longestLagMs), currentMs: fc.nat(1000) }), {
    seed,
    numRuns: 1000,
  })
  const wait = (milliseconds: number) => pause(milliseconds, undefined, { signal }).catch(() => {})
  for (const { behindMs, currentMs } of turns) {
    if (signal.aborted) break
    await standby.pauseReplay()
    await wait(behindMs)
    await standby.resumeReplay()
    await wait(currentMs)
  }
}
