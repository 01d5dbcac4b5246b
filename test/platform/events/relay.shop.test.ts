import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { NatsServer, reasonToSkipNats } from '../support/nats.ts'
import { readChanges } from './support/changes.ts'

if (reasonToSkipNats) console.warn(`test/platform/events/relay.shop.test.ts is skipped: ${reasonToSkipNats}`)

const message = z.object({ id: z.string(), position: z.string(), topic: z.string(), subjectId: z.string() })

describe.skipIf(reasonToSkipNats)('the relay to NATS', () => {
  let nats: NatsServer
  let world: World
  beforeAll(async () => {
    nats = await NatsServer.start()
    world = await createWorld({ env: { EVENTS_RELAY: nats.url } })
  })
  afterAll(async () => {
    await world?.close()
    await nats?.[Symbol.asyncDispose]()
  })

  const write = (name: string) => world.client.product.update({ where: { sku: 'NW-0002' }, data: { name } })
  const eventsOf = async (viewer: string) => (await readChanges(world, viewer, { first: 1000 })).events

  /** The messages of the stream, in order, as soon as there are this many. */
  async function messages(count: number) {
    const connection = await connect({ servers: new URL(nats.url).host, user: 'door', pass: 's:cret' })
    try {
      const manager = await jetstreamManager(connection)
      const stored = async () => (await manager.streams.info('FRONTDOOR_EVENTS').catch(() => undefined))?.state.messages
      await expect.poll(stored, { timeout: 20_000 }).toBe(count)
      const consumer = await jetstream(connection).consumers.get('FRONTDOOR_EVENTS')
      const found: { subject: string; id: string | undefined; event: z.infer<typeof message> }[] = []
      for await (const each of await consumer.fetch({ max_messages: count, expires: 2000 })) {
        const id = each.headers?.get('Nats-Msg-Id')
        found.push({ subject: each.subject, id, event: message.parse(each.json()) })
        if (found.length === count) break
      }
      return found
    } finally {
      await connection.close()
    }
  }

  it('sends every event in order, each with its id and to the subject of its topic', async () => {
    for (const name of ['a', 'b', 'c']) await write(name)
    const sent = await messages(3)
    const events = await eventsOf('admin')
    expect(sent.map(({ event }) => event.id)).toEqual(events.map(({ id }) => id))
    expect(sent.map(({ event }) => event.position)).toEqual(events.map(({ position }) => position))
    for (const { subject, id, event } of sent) {
      expect(subject).toBe('frontdoor.events.product.changed')
      expect([id, event.topic]).toEqual([event.id, 'product.changed'])
    }
  })

  it('sends what happened while NATS was away, once it is back', async () => {
    const before = (await eventsOf('admin')).length
    await nats.kill()
    for (const name of ['d', 'e']) await write(name)
    const isReported = () => world.logLines.some((line) => line.includes('events are not taken for now'))
    await expect.poll(isReported, { timeout: 10_000 }).toBe(true)
    await nats.start()
    const sent = await messages(before + 2)
    expect(sent.map(({ event }) => event.id)).toEqual((await eventsOf('admin')).map(({ id }) => id))
    expect(world.logLines.join('')).not.toContain('cret')
  })

  it('sends nothing twice with another replica, nor where an acknowledgement was lost', async () => {
    const replica = await world.openReplica()
    const before = (await eventsOf('admin')).length
    for (const name of ['f', 'g', 'h']) await write(name)
    await messages(before + 3)
    // As after a kill between the acknowledgement and the commit.
    await world.client.$executeRaw`update platform.pf_feed_consumer set last_pos = last_pos - 3`
    await write('i')
    const sent = await messages(before + 4)
    expect(sent.map(({ event }) => event.id)).toEqual((await eventsOf('admin')).map(({ id }) => id))
    await replica.close()
  })
})
