import { connect, type Socket } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createWorld, type World } from '../../support/world.ts'
import { gauge } from './support/stream.ts'

const count = 1000
/** The rest of the process opens and closes some by itself. */
const few = 20

let world: World
beforeAll(async () => {
  world = await createWorld({
    env: { MAX_STREAMS: '5000', MAX_STREAMS_PER_VIEWER: '5000', MAX_CONNECTIONS: '5000' },
  })
})
afterAll(() => world.close())

const query = 'subscription { changes { id } }'
const times = <T>(open: () => T): T[] => Array.from({ length: count }, open)
const write = () =>
  world.client.product.update({ where: { sku: 'NW-0002' }, data: { name: `Chang ${crypto.randomUUID()}` } })

async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => gauge(world, 'frontdoor_streams'), { timeout: 10_000 }).toBe(0)
  await expect.poll(() => gauge(world, 'frontdoor_web_sockets')).toBe(0)
  await expect.poll(() => world.feed.listenerCount).toBe(listenersBefore)
  await expect.poll(() => connections()).toBeLessThanOrEqual(connectionsBefore + few)
  await expect.poll(() => timers()).toBeLessThanOrEqual(timersBefore + few)
}

const handles = (kind: string) => process.getActiveResourcesInfo().filter((name) => name === kind).length
const connections = () => handles('TCPSocketWrap')
const timers = () => handles('Timeout')
let listenersBefore = 0
let connectionsBefore = 0
let timersBefore = 0
beforeAll(async () => {
  await world.as('anonymous').query('{ __typename }')
  listenersBefore = world.feed.listenerCount
  connectionsBefore = connections()
  timersBefore = timers()
})

describe('a thousand streams that break', () => {
  it('leave nothing behind over SSE, quiet ones and ones with events', async () => {
    for (const isQuiet of [true, false]) {
      const sockets = await Promise.all(times(openSocket))
      expect(await gauge(world, 'frontdoor_streams')).toBe(count)
      if (!isQuiet) {
        const told = sockets.map((socket) => received(socket, 'event: next'))
        await write()
        await Promise.all(told)
      }
      for (const socket of sockets) socket.resetAndDestroy()
      await expectNothingLeft()
    }
  })

  it('leave nothing behind over WebSockets of their own', async () => {
    const sockets = times(() => new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws'))
    await Promise.all(
      sockets.map((socket) => {
        const acknowledged = new Promise((resolve) => socket.once('message', resolve))
        socket.once('open', () => socket.send('{"type":"connection_init"}'))
        return acknowledged
      }),
    )
    for (const socket of sockets) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    await expect.poll(() => gauge(world, 'frontdoor_streams'), { timeout: 60_000 }).toBe(count)
    for (const socket of sockets) socket.terminate()
    await expectNothingLeft()
  })

  it('leave nothing behind on one WebSocket, ended one by one', async () => {
    const url = `${world.url.replace('http', 'ws')}/graphql`
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 })
    const ends = times(() => client.subscribe({ query }, { next: () => {}, error: () => {}, complete: () => {} }))
    await expect.poll(() => gauge(world, 'frontdoor_streams'), { timeout: 60_000 }).toBe(count)
    for (const end of ends.slice(1)) end()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(1)
    expect(await gauge(world, 'frontdoor_web_sockets')).toBe(1)
    await client.dispose()
    await expectNothingLeft()
  })
})

async function openSocket(): Promise<Socket> {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  const opened = received(socket, ':\n\n')
  socket.write(
    `GET /graphql?${new URLSearchParams({ query })} HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n`,
  )
  await opened
  return socket
}

function received(socket: Socket, part: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (data: Buffer) => {
      if (!data.includes(part)) return
      socket.off('data', look)
      resolve()
    }
    socket.on('data', look)
  })
}
