import { type Client, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { placeOrder, shipTo, spread } from '../events/support/place-order.shop.ts'
import { gauge } from '../events/support/stream.ts'
import { newKey } from '../support/api-key.shop.ts'
import { revokeKey } from '../support/api-key.ts'
import { Cable } from '../support/cable.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
})

const urlOf = ({ url }: { url: string }) => `${url.replace('http', 'ws')}/graphql`
const ordersChanged = 'subscription ($after: String) { ordersChanged(after: $after) { event { topic } order { id } } }'

const place = (viewer: string, server: Pick<World, 'as'> = world) => placeOrder(server, viewer)

function clientOf(connectionParams: Record<string, unknown>, url = urlOf(world)): Client {
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 })
  clients.push(client)
  return client
}

const bearer = async (viewer: string) => ({ authorization: `Bearer ${await world.tokenFor(viewer)}` })

/** The close code of a connection that is refused or closed. */
function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve))
}

describe('a WebSocket', () => {
  it('carries subscriptions, with the credential of connection_init', async () => {
    const results = clientOf(await bearer('customer ALFKI')).iterate({ query: ordersChanged })
    const first = results.next()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(1)
    await place('customer BONAP')
    const id = await place('customer ALFKI')
    expect((await first).value).toMatchObject({
      data: { ordersChanged: { event: { topic: 'ORDER_PLACED' }, order: { id } } },
      extensions: { position: expect.any(String) },
    })
    await results.return?.()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(0)
  })

  it('goes on with the other subscriptions when one is ended', async () => {
    const client = clientOf(await bearer('admin'))
    const [ended, kept] = [client.iterate({ query: ordersChanged }), client.iterate({ query: ordersChanged })]
    const first = [ended.next(), kept.next()]
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(2)
    await ended.return?.()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(1)
    expect(await gauge(world, 'frontdoor_web_sockets')).toBe(1)
    const id = await place('customer ALFKI')
    expect((await first[1])?.value).toMatchObject({ data: { ordersChanged: { order: { id } } } })
    await kept.return?.()
  })

  it('carries queries and mutations', async () => {
    const client = clientOf({ headers: await bearer('customer ALFKI') })
    const run = async (query: string) => (await client.iterate({ query }).next()).value
    expect(await run('{ products { totalCount } }')).toMatchObject({ data: { products: { totalCount: 77 } } })
    expect(await run('{ viewer { kind } }')).toMatchObject({ data: { viewer: { kind: 'CUSTOMER' } } })
  })

  it('refuses an operation with the errors that HTTP has', async () => {
    const anonymous = clientOf({})
    const codes = async (client: Client, query: string) => {
      const failed = await client
        .iterate({ query })
        .next()
        .catch((errors: unknown) => errors)
      const errors = z
        .array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) }))
        .parse(failed)
      return errors.map(({ extensions }) => extensions.code)
    }
    expect(await codes(anonymous, '{ nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED'])
    expect(await codes(anonymous, ordersChanged)).toEqual(['UNAUTHENTICATED'])
    expect(await codes(clientOf({ authorization: 'Bearer nonsense' }), '{ __typename }')).toEqual(['UNAUTHENTICATED'])
  })

  it('ends the streams of a revoked key', async () => {
    const { id, secret } = await newKey(world)
    const results = clientOf({ authorization: `Bearer ${secret}` }).iterate({ query: ordersChanged })
    const first = results.next()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(1)
    await world.as('admin').query(revokeKey, { id })
    expect((await first).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect((await results.next()).done).toBe(true)
  })

  it('is refused to a page of another origin, and at another path', async () => {
    const refusal = (socket: WebSocket) =>
      new Promise<number | undefined>((resolve) => {
        socket.once('error', () => {})
        socket.once('unexpected-response', (_request, response) => resolve(response.statusCode))
      })
    const foreign = new WebSocket(urlOf(world), 'graphql-transport-ws', { origin: 'https://example.org' })
    expect(await refusal(foreign)).toBe(403)
    const elsewhere = new WebSocket(`${world.url.replace('http', 'ws')}/nowhere`, 'graphql-transport-ws')
    expect(await refusal(elsewhere)).toBe(404)
  })

  it('is closed for another protocol, for nonsense, and for a message that is too large', async () => {
    const old = new WebSocket(urlOf(world), 'graphql-ws')
    old.on('error', () => {})
    expect(await closeOf(old)).toBe(1006)
    const nonsense = new WebSocket(urlOf(world), 'graphql-transport-ws')
    nonsense.once('open', () => nonsense.send('nonsense'))
    expect(await closeOf(nonsense)).toBe(4400)
    const large = new WebSocket(urlOf(world), 'graphql-transport-ws')
    large.once('open', () => large.send(' '.repeat(300_000)))
    expect(await closeOf(large)).toBe(1009)
    const eager = new WebSocket(urlOf(world), 'graphql-transport-ws')
    eager.once('open', () => eager.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ a }' } })))
    expect(await closeOf(eager)).toBe(4401)
  })

  it('takes no mutation twice for one header of the handshake', async () => {
    const socket = new WebSocket(urlOf(world), 'graphql-transport-ws', {
      headers: { 'idempotency-key': 'once', ...(await bearer('customer ALFKI')) },
    })
    const messages: unknown[] = []
    const received = new Promise<void>((resolve) =>
      socket.on('message', (data) => {
        const message = z
          .object({ type: z.string() })
          .loose()
          .parse(JSON.parse(String(data)))
        messages.push(message)
        if (message.type === 'connection_ack')
          socket.send(
            JSON.stringify({
              id: '1',
              type: 'subscribe',
              payload: {
                query: `mutation { orderPlace(input: { lines: [{ productId: "${spread}", quantity: 1 }], ${shipTo} }) { replayed } }`,
              },
            }),
          )
        if (message.type === 'complete') resolve()
      }),
    )
    socket.once('open', () => socket.send('{"type":"connection_init"}'))
    await received
    expect(messages).toContainEqual(
      expect.objectContaining({
        payload: expect.objectContaining({
          errors: [
            expect.objectContaining({ extensions: expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REQUIRED' }) }),
          ],
        }),
      }),
    )
    socket.close()
  })

  it('is closed at a drain, so that its client connects again elsewhere', async () => {
    await using drained = await createWorld({ env: { DRAIN_TIMEOUT_MS: '1000' } })
    const replica = await drained.openReplica()
    const socket = new WebSocket(urlOf(replica), 'graphql-transport-ws')
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = closeOf(socket)
    await replica.close()
    expect(await closed).toBe(1012)
  })

  it('that breaks off frees its streams', async () => {
    const cable = await Cable.to(world.url)
    const client = clientOf(await bearer('admin'), urlOf(cable))
    const waiting = [1, 2, 3].map(() =>
      client
        .iterate({ query: ordersChanged })
        .next()
        .catch(() => {}),
    )
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(3)
    expect(await gauge(world, 'frontdoor_web_sockets')).toBe(1)
    cable.cut()
    await Promise.all(waiting)
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(0)
    expect(await gauge(world, 'frontdoor_web_sockets')).toBe(0)
  })
})
