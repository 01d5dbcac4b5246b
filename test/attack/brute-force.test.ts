import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newSecret } from '../../src/platform/api-keys/secret.ts'
import { newKey, revokeKey } from '../platform/support/api-key.ts'
import { outcome, post } from '../platform/support/call.ts'
import { stopClock } from '../platform/support/clock.ts'
import { claimsOf, developmentKey, sign } from '../platform/support/token.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let known: string
let clock: ReturnType<typeof stopClock>
beforeAll(async () => {
  world = await createWorld({ data: 'empty', env: { MAX_REFUSED_CREDENTIALS: '10' } })
  clock = stopClock()
  known = `Bearer ${await world.tokenFor('admin')}`
})
afterAll(() => {
  clock[Symbol.dispose]()
  return world.close()
})

const query = '{ viewer { kind } }'
const ask = (authorization?: string) => post(world.url, { query }, authorization === undefined ? {} : { authorization })
const guess = () => ask(`Bearer c4n4ry.${randomUUID()}.c4n4ry`)
const line = z.looseObject({ msg: z.string() })
const bursts = () =>
  world.logLines.map((text) => line.parse(JSON.parse(text))).filter(({ msg }) => msg.startsWith('refused credentials'))

/** Guesses until they are no longer looked at, and gives how many were, and for how long to wait. */
async function guessUntilPaused(): Promise<{ looked: number; wait: number }> {
  for (let looked = 0; ; looked++) {
    const reply = await guess()
    if (outcome(reply) === '429 RATE_LIMITED') return { looked, wait: Number(reply.headers['retry-after']) }
    expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  }
}

// One story in order: each part goes on where the last one ended.
describe('whoever guesses credentials', () => {
  it('is refused ten times in a minute, and then no guess is looked at for a minute', async () => {
    expect(outcome(await ask(known))).toBe('200')
    expect(await guessUntilPaused()).toEqual({ looked: 10, wait: 60 })
    clock.advance(45)
    const reply = await guess()
    expect([outcome(reply), reply.headers['retry-after']]).toEqual(['429 RATE_LIMITED', '15'])
    expect(reply.text).not.toContain('"data"')
  })

  it('does not find out whether a credential would have been good', async () => {
    const good = `Bearer ${await world.tokenFor('support')}`
    expect(outcome(await ask(good))).toBe('429 RATE_LIMITED')
  })

  it('stops nobody else at the address: neither without a credential, nor with one that is known', async () => {
    expect(outcome(await ask())).toBe('200')
    expect(outcome(await ask(known))).toBe('200')
  })

  it('is logged once, with no word of what was tried, and counted', async () => {
    expect(bursts()).toEqual([expect.objectContaining({ level: 40, refusals: 10, pauseSeconds: 60 })])
    expect(world.logLines.join()).not.toContain('c4n4ry')
    const [refused] = (await world.metrics.refusedCredentials.get()).values
    expect(refused?.value).toBe(10)
    const limited = (await world.metrics.rateLimited.get()).values.find(({ labels }) => labels.limit === 'credentials')
    expect(limited?.value).toBe(3)
  })

  it('waits twice as long each time, up to fifteen minutes', async () => {
    clock.advance(16)
    expect(outcome(await ask(`Bearer ${await world.tokenFor('support')}`))).toBe('200')
    const waits: number[] = []
    for (let time = 0; time < 5; time++) {
      const { looked, wait } = await guessUntilPaused()
      expect(looked).toBe(10)
      waits.push(wait)
      clock.advance(wait + 1)
    }
    expect(waits).toEqual([120, 240, 480, 900, 900])
  })

  it('is forgiven what was long ago', async () => {
    for (let count = 0; count < 9; count++) expect(outcome(await guess())).toBe('401 UNAUTHENTICATED')
    clock.advance(61)
    for (let count = 0; count < 9; count++) expect(outcome(await guess())).toBe('401 UNAUTHENTICATED')
    clock.advance(86_400)
    expect(await guessUntilPaused()).toEqual({ looked: 10, wait: 60 })
  })

  it('gains nothing by guessing many at once: the pause is no longer for it, and begins all the same', async () => {
    clock.advance(61)
    const replies = await Promise.all(Array.from({ length: 40 }, guess))
    expect(new Set(replies.map(outcome))).toContain('401 UNAUTHENTICATED')
    expect(outcome(await guess())).toBe('429 RATE_LIMITED')
    expect(bursts().at(-1)).toMatchObject({ pauseSeconds: 120 })
  })
})

describe('whoever repeats a credential, and guesses nothing', () => {
  let shared: World
  beforeAll(async () => {
    shared = await createWorld({ data: 'empty', env: { MAX_REFUSED_CREDENTIALS: '3' } })
  })
  afterAll(() => shared.close())

  const send = async (credential: string) =>
    outcome(await post(shared.url, { query }, { authorization: `Bearer ${credential}` }))
  const tokenWith = async (exp: number) => sign(claimsOf(shared.config, { exp }), await developmentKey(shared.config))
  const seconds = () => Math.floor(Date.now() / 1000)

  /** Somebody new behind the same address, whom nobody has seen before. */
  async function expectNewcomerServed(): Promise<void> {
    expect(await send(await tokenWith(seconds() + 600 + newcomers++))).toBe('200')
  }
  let newcomers = 0

  it('locks nobody out with tokens that were good and have expired, however many', async () => {
    for (let age = 10; age < 40; age++) expect(await send(await tokenWith(seconds() - age))).toBe('401 UNAUTHENTICATED')
    await expectNewcomerServed()
  })

  it('nor with API keys that were revoked or have expired', async () => {
    for (let key = 0; key < 4; key++) {
      const { id, secret } = await newKey(shared)
      await shared.as('admin').query(revokeKey, { id })
      expect(await send(secret)).toBe('401 UNAUTHENTICATED')
    }
    const old = await Promise.all(Array.from({ length: 4 }, () => newKey(shared)))
    clock.advance(31 * 86_400)
    for (const { secret } of old) expect(await send(secret)).toBe('401 UNAUTHENTICATED')
    await expectNewcomerServed()
  })

  it('nor with one that never was good: it counts once in a minute', async () => {
    for (let time = 0; time < 12; time++) {
      expect(await send('not.a.token')).toBe('401 UNAUTHENTICATED')
      clock.advance(10)
    }
    await expectNewcomerServed()
  })

  it('but is taken for a guesser by an expired token that another has signed, or a key that never was', async () => {
    clock.advance(120)
    const [header, payload] = (await tokenWith(seconds() - 60)).split('.')
    const forged = (byte: number) => `${header}.${payload}.${Buffer.alloc(64, byte).toString('base64url')}`
    for (const guess of [forged(1), forged(2), newSecret()]) expect(await send(guess)).toBe('401 UNAUTHENTICATED')
    expect(await send(forged(3))).toBe('429 RATE_LIMITED')
  })
})
