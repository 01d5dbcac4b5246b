import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, dataIn, json, post } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

const query = '{ products { totalCount } }'
/** Shorter than the keep-alive of five seconds. */
const soonMs = 4000

async function millisecondsOf(what: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await what
  return performance.now() - start
}

function connectTo({ url }: World): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => done(socket))
    socket.once('error', fail)
  })
}

/** Everything the server sends until it closes the connection. */
function received(socket: Socket): Promise<string> {
  return new Promise((done, fail) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('close', () => done(text))
    socket.on('error', fail)
  })
}

function postOf(request: object): string {
  const body = JSON.stringify(request)
  return `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** Everything sent to the server before has reached it after this. */
async function roundTrips({ url }: World): Promise<void> {
  for (let round = 0; round < 3; round++) await call(url, { method: 'GET', path: '/healthz' })
}

describe('a stopping server', () => {
  it('finishes requests in flight, closes, and accepts no new connection', async () => {
    const world = await createWorld()
    const lock = await Lock.on('commerce.md_product', world)
    const inFlight = post(world.url, { query })
    await lock.waitedForBy(1)

    const closing = world.close()
    await expect(post(world.url, { query })).rejects.toThrow('ECONNREFUSED')
    await lock.release()
    expect(dataIn(await inFlight)).toEqual({ products: { totalCount: 77 } })
    await closing
    await expect(call(world.url, { method: 'GET', path: '/healthz' })).rejects.toThrow('ECONNREFUSED')
  })

  it('is not ready on its open connections', async () => {
    const world = await createWorld()
    const asking = await connectTo(world)
    const answers = received(asking)
    asking.write('GET /readyz HTTP/1.1\r\nhost: a\r\n')
    await roundTrips(world)

    const closing = world.close()
    asking.write('\r\n')
    const text = await answers
    expect(text).toContain('HTTP/1.1 503 Service Unavailable')
    expect(text).toContain('{"status":"unavailable","reason":"draining"}')
    expect(text.match(/connection: close/gi)).toHaveLength(1)
    await closing
  })

  it('announces with each response in flight that it closes the connection', async () => {
    const world = await createWorld()
    const lock = await Lock.on('commerce.md_product', world)
    const socket = await connectTo(world)
    const answers = received(socket)
    socket.write(postOf({ query }))
    await lock.waitedForBy(1)

    const closing = world.close()
    await lock.release()
    const text = await answers
    expect(text).toContain('{"data":{"products":{"totalCount":77}}')
    expect(text.match(/connection: close/gi)).toHaveLength(1)
    await closing
  })

  it('does not wait for idle connections', async () => {
    const world = await createWorld()
    const lock = await Lock.on('commerce.md_product', world)
    const idle = await connectTo(world)
    idle.write(postOf({ query: '{ viewer { kind } }' }))
    await new Promise((done) => idle.once('data', done))
    const busy = await connectTo(world)
    busy.write(postOf({ query }))
    await lock.waitedForBy(1)

    const closing = world.close()
    await lock.release()
    expect(await millisecondsOf(closing)).toBeLessThan(soonMs)
    for (const socket of [idle, busy]) socket.destroy()
  })

  it('waits at most DRAIN_TIMEOUT_MS for a response, then cuts off', async () => {
    const world = await createWorld({ env: { DRAIN_TIMEOUT_MS: '100', DATABASE_STATEMENT_TIMEOUT_MS: '1000' } })
    await using lock = await Lock.on('commerce.md_product', world)
    const inFlight = call(world.url, { headers: json, body: JSON.stringify({ query }) })
    const cut = expect(inFlight).rejects.toThrow('socket hang up')
    await lock.waitedForBy(1)
    expect(await millisecondsOf(world.close())).toBeLessThan(soonMs)
    await cut
  })

  it('without requests stops at once', async () => {
    const world = await createWorld({ data: 'empty' })
    expect(await millisecondsOf(world.close())).toBeLessThan(soonMs)
  })
})
