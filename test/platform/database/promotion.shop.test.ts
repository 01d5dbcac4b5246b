import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { reasonToSkip } from '../support/embedded.ts'
import { StreamingCluster } from '../support/standby.ts'

const reason = reasonToSkip()
if (reason) console.warn(`promotion: skipped, ${reason}`)

const extensions = z.object({ consistency: z.object({ token: z.string() }) })
const line = z.object({ msg: z.literal('operation'), database: z.string() })
const fault = z.object({ replica: z.string(), fault: z.string() })

const logged = <T>({ logLines }: World, shape: z.ZodType<T>) =>
  logLines.flatMap((text) => shape.safeParse(JSON.parse(text)).data ?? [])

it.skipIf(reason !== false)(
  'after a promotion a replica is used once it follows the new primary, also for tokens from before',
  async () => {
    await using cluster = await StreamingCluster.open()
    const promoted = await cluster.addStandby()
    const follower = await cluster.addStandby()
    /** It stays with the old primary, which goes on by itself. */
    const left = await cluster.addStandby()
    const env = { CURSOR_SECRET: 'the same before and after the promotion' }

    const before = await createWorld({ server: cluster.server, env })
    const written = await before.as('admin').query('mutation { categoryCreate(input: { name: "New" }) { replayed } }')
    const { token } = extensions.parse(written.extensions).consistency
    await before.close()
    // A server can follow another only from a place that both have passed, so the follower stops before that is promoted.
    await follower.caughtUp()
    await follower.stop('SIGINT')
    await promoted.caughtUp()

    await promoted.promote()
    const url = promoted.urlOf(cluster.server.url)
    await follower.follow(url)
    // The database of the world is on the new primary only; any other shows which server it is.
    const replicaUrlsOf = (primary: string) => [follower.urlOf(primary), left.urlOf(cluster.server.url)]
    await using world = await createWorld({ server: { ...cluster.server, url }, env, replicaUrlsOf })

    await promoted.checkpoint()
    await follower.caughtUp()
    await follower.checkpoint()
    while ((await world.database.sourceFor()).name !== 'replica 1') await pause(5)
    const response = await world.fetchGraphQL({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-consistency-token': token },
      body: JSON.stringify({ query: '{ products(first: 1) { edges { node { name } } } }' }),
    })
    expect(await response.json()).not.toHaveProperty('errors')
    expect(logged(world, line).at(-1)).toMatchObject({ database: 'replica 1' })
    const stayed = { replica: 'replica 2', fault: 'is on another timeline than the primary' }
    expect(logged(world, fault).filter(({ replica }) => replica === stayed.replica)).toEqual([stayed])
  },
  120_000,
)
