import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { dataIn, post } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

const products = '{ products { totalCount } }'
const categories = '{ categories { totalCount } }'
const place =
  'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { replayed order { number } userErrors { code } } }'
/** Longer than any of these tests. */
const patient = '600000'

interface Sent {
  query: string
  variables?: object
  authorization?: string
}

/** Sends a request on a connection of its own, and reads no response. */
async function send({ url }: World, { query, variables, authorization }: Sent): Promise<Socket> {
  const body = JSON.stringify({ query, variables })
  const head = [
    'POST /graphql HTTP/1.1',
    'host: a',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(authorization ? [`authorization: ${authorization}`] : []),
  ]
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await new Promise<void>((done) => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => done()))
  return socket
}

/** Resolves when the log has this many operations with the error CANCELLED. */
async function cancelled({ logLines }: World, count: number): Promise<void> {
  const lines = () => logLines.filter((line) => line.includes('"errors":["CANCELLED"]')).length
  while (lines() < count) await new Promise((next) => setImmediate(next))
}

describe('a client that hangs up', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ env: { DATABASE_STATEMENT_TIMEOUT_MS: patient, REQUEST_DEADLINE_MS: patient } })
  })
  afterAll(() => world.close())

  it('has its read cancelled in PostgreSQL', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const socket = await send(world, { query: products })
    await lock.waitedForBy(1)
    socket.destroy()
    await lock.waitedForBy(0)
    await cancelled(world, 1)
  })

  it('has its read cancelled where Prisma runs it', async () => {
    const before = world.logLines.length
    // A sum over a filter on a list is none of the prepared reads.
    await using lock = await Lock.on('commerce.md_product', world)
    const socket = await send(world, { query: '{ products(first: 1) { edges { node { category { name } } } } }' })
    await lock.waitedForBy(1)
    socket.destroy()
    await lock.waitedForBy(0)
    expect(world.logLines.slice(before).some((line) => line.includes('"level":50'))).toBe(false)
  })

  it('starves nobody: behind as many slow reads as there are connections the next read is answered', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const sockets = await Promise.all(Array.from({ length: 20 }, () => send(world, { query: products })))
    await lock.waitedForBy(20)
    for (const socket of sockets) socket.destroy()
    expect(dataIn(await post(world.url, { query: categories }))).toEqual({ categories: { totalCount: 8 } })
    await lock.waitedForBy(0)
  })

  it('has its mutation finished, and its retry gets the outcome', async () => {
    const input = { idempotencyKey: 'gone', lines: [await lineOf(world, 'NW-0003')], shipTo }
    const lock = await Lock.on('commerce.md_product', world)
    const authorization = `Bearer ${await world.tokenFor('customer ALFKI')}`
    const socket = await send(world, { query: place, variables: { input }, authorization })
    await lock.waitedForBy(1)
    const closed = new Promise((done) => socket.once('close', done))
    socket.destroy()
    await closed
    // The server has seen it: it answers what comes later.
    await post(world.url, { query: categories })
    await lock.waitedForBy(1)
    await lock.release()
    const retry = () => world.as('customer ALFKI').query(place, { input })
    const payload = z.object({ orderPlace: z.object({ replayed: z.boolean(), order: z.object({ number: z.int() }) }) })
    let answered = await retry()
    while (answered.errors?.[0]?.extensions.code === 'IDEMPOTENCY_KEY_IN_FLIGHT') answered = await retry()
    expect(dataOf(answered, payload).orderPlace.replayed).toBe(true)
  })

  it('is no longer waited for by a call that waits for an event', async () => {
    const before = world.logLines.length
    const socket = await send(world, {
      query: '{ changes(after: "now", wait: 20) { events { id } } }',
      authorization: `Bearer ${await world.tokenFor('admin')}`,
    })
    socket.destroy()
    const said = () => world.logLines.slice(before).some((line) => line.includes('CANCELLED'))
    while (!said()) await new Promise((next) => setImmediate(next))
  })
})
