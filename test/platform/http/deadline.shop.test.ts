import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ledger, lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { createWorld, type World } from '../../support/world.ts'
import { dataIn, outcome, post } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

const products = '{ products { totalCount } }'
const place =
  'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { number } userErrors { code } } }'
const patient = '600000'
const soon = { 'x-timeout-ms': '300' }

describe('the deadline of a request', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({
      env: { DATABASE_STATEMENT_TIMEOUT_MS: patient, DATABASE_POOL_WAIT_MS: patient, DATABASE_POOL_SIZE: '1' },
    })
  })
  afterAll(() => world.close())

  it('stops a statement at the time that the client waits, and the next one has the time of the session again', async () => {
    const lock = await Lock.on('commerce.md_product', world)
    expect(outcome(await post(world.url, { query: products }, soon))).toBe('200 DEADLINE_EXCEEDED')
    await lock.release()
    const { rows } = await world.database.primary.connect().then(async (client) => {
      const shown = await client.query('show statement_timeout')
      client.release()
      return shown
    })
    expect(z.array(z.object({ statement_timeout: z.string() })).parse(rows)).toEqual([{ statement_timeout: '10min' }])
    expect(dataIn(await post(world.url, { query: products }, soon))).toEqual({ products: { totalCount: 77 } })
  })

  it('ends the wait for a connection', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const running = post(world.url, { query: products })
    await lock.waitedForBy(1)
    const other = await post(world.url, { query: '{ categories { totalCount } }' }, soon)
    expect(outcome(other)).toBe('200 DEADLINE_EXCEEDED')
    await lock.release()
    expect(dataIn(await running)).toEqual({ products: { totalCount: 77 } })
  })

  it('stops a mutation, and nothing is written', async () => {
    const before = await ledger(world)
    const input = { idempotencyKey: 'late', lines: [await lineOf(world, 'NW-0003')], shipTo }
    const lock = await Lock.on('commerce.md_product', world)
    const authorization = `Bearer ${await world.tokenFor('customer ALFKI')}`
    const answered = await post(world.url, { query: place, variables: { input } }, { ...soon, authorization })
    expect(outcome(answered)).toBe('200 DEADLINE_EXCEEDED')
    await lock.release()
    expect(await ledger(world)).toEqual(before)
    expect((await world.as('customer ALFKI').query(place, { input })).errors).toBeUndefined()
  })

  it.each(['0', '-1', '1.5', 'soon', '99999999999', '5, 6'])('is BAD_REQUEST as %j', async (given) => {
    expect(outcome(await post(world.url, { query: products }, { 'x-timeout-ms': given }))).toBe('400 BAD_REQUEST')
  })
})

describe('REQUEST_DEADLINE_MS', () => {
  it('bounds what a client asks for', async () => {
    await using world = await createWorld({ env: { REQUEST_DEADLINE_MS: '300' } })
    await post(world.url, { query: '{ categories { totalCount } }' }, { 'x-timeout-ms': '60000' })
    await using lock = await Lock.on('commerce.md_product', world)
    const answered = await post(world.url, { query: products }, { 'x-timeout-ms': '60000' })
    expect(outcome(answered)).toBe('200 DEADLINE_EXCEEDED')
    await lock.release()
  })

  it('does not run while a call waits for an event', async () => {
    await using world = await createWorld({ env: { REQUEST_DEADLINE_MS: '300' } })
    const query = '{ changes(after: "now", wait: 1) { events { id } } }'
    expect((await world.as('admin').query(query)).data).toEqual({ changes: { events: [] } })
  })
})
