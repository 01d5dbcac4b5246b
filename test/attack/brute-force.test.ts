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

/** A good token that the server has not seen, for some seconds from the time of its clock. */
const newToken = async (seconds: number) => {
  const exp = Math.floor(Date.now() / 1000) + seconds
  return sign(claimsOf(world.config, { exp }), await developmentKey(world.config))
}

/** Guesses until the address is paused. Returns how many guesses were checked, and how long the pause is. */
async function guessUntilPaused(): Promise<{ looked: number; wait: number }> {
  for (let looked = 0; ; looked++) {
    const reply = await guess()
    if (outcome(reply) === '429 RATE_LIMITED') return { looked, wait: Number(reply.headers['retry-after']) }
    expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  }
}

// One story in order: each test continues after the last one.
describe('guessing credentials', () => {
  it('is refused ten times in a minute, and then paused for a minute', async () => {
    expect(outcome(await ask(known))).toBe('200')
    expect(await guessUntilPaused()).toEqual({ looked: 10, wait: 60 })
    clock.advance(45)
    const reply = await guess()
    expect([outcome(reply), reply.headers['retry-after']]).toEqual(['429 RATE_LIMITED', '15'])
    expect(reply.text).not.toContain('"data"')
  })

  it('reveals nothing about a good credential during the pause', async () => {
    const good = `Bearer ${await newToken(60)}`
    expect(outcome(await ask(good))).toBe('429 RATE_LIMITED')
  })

  it('does not stop others at the address: requests without a credential or with a known one', async () => {
    expect(outcome(await ask())).toBe('200')
    expect(outcome(await ask(known))).toBe('200')
  })

  it('is logged once without the credentials, and counted', async () => {
    expect(bursts()).toEqual([expect.objectContaining({ level: 40, refusals: 10, pauseSeconds: 60 })])
    expect(world.logLines.join()).not.toContain('c4n4ry')
    const [refused] = (await world.metrics.refusedCredentials.get()).values
    expect(refused?.value).toBe(10)
    const limited = (await world.metrics.rateLimited.get()).values.find(({ labels }) => labels.limit === 'credentials')
    expect(limited?.value).toBe(3)
  })

  it('doubles the pause each time, up to fifteen minutes', async () => {
    clock.advance(16)
    expect(outcome(await ask(`Bearer ${await newToken(600)}`))).toBe('200')
    const waits: number[] = []
    for (let time = 0; time < 5; time++) {
      const { looked, wait } = await guessUntilPaused()
      expect(looked).toBe(10)
      waits.push(wait)
      clock.advance(wait + 1)
    }
    expect(waits).toEqual([120, 240, 480, 900, 900])
  })

  it('starts again from one minute after a day', async () => {
    for (let count = 0; count < 9; count++) expect(outcome(await guess())).toBe('401 UNAUTHENTICATED')
    clock.advance(61)
    for (let count = 0; count < 9; count++) expect(outcome(await guess())).toBe('401 UNAUTHENTICATED')
    clock.advance(86_400)
    expect(await guessUntilPaused()).toEqual({ looked: 10, wait: 60 })
  })

  it('in parallel neither avoids the pause nor lengthens it', async () => {
    clock.advance(61)
    const replies = await Promise.all(Array.from({ length: 40 }, guess))
    expect(new Set(replies.map(outcome))).toContain('401 UNAUTHENTICATED')
    expect(outcome(await guess())).toBe('429 RATE_LIMITED')
    expect(bursts().at(-1)).toMatchObject({ pauseSeconds: 120 })
  })
})

describe('repeating a credential', () => {
  let shared: World
  beforeAll(async () => {
    shared = await createWorld({ data: 'empty', env: { MAX_REFUSED_CREDENTIALS: '3' } })
  })
  afterAll(() => shared.close())

  const send = async (credential: string) =>
    outcome(await post(shared.url, { query }, { authorization: `Bearer ${credential}` }))
  const tokenWith = async (exp: number) => sign(claimsOf(shared.config, { exp }), await developmentKey(shared.config))
  const seconds = () => Math.floor(Date.now() / 1000)

  /** A new client behind the same address. */
  async function expectNewcomerServed(): Promise<void> {
    expect(await send(await tokenWith(seconds() + 600 + newcomers++))).toBe('200')
  }
  let newcomers = 0

  it('that was valid and has expired locks nobody out, however often', async () => {
    for (let age = 10; age < 40; age++) expect(await send(await tokenWith(seconds() - age))).toBe('401 UNAUTHENTICATED')
    await expectNewcomerServed()
  })

  it('that is a revoked or expired API key locks nobody out', async () => {
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

  it('that never was valid counts once in a minute', async () => {
    for (let time = 0; time < 12; time++) {
      expect(await send('not.a.token')).toBe('401 UNAUTHENTICATED')
      clock.advance(10)
    }
    await expectNewcomerServed()
  })

  it('counts as guessing for an expired token with a foreign signature, and for an unknown key', async () => {
    clock.advance(120)
    const [header, payload] = (await tokenWith(seconds() - 60)).split('.')
    const forged = (byte: number) => `${header}.${payload}.${Buffer.alloc(64, byte).toString('base64url')}`
    for (const guess of [forged(1), forged(2), newSecret()]) expect(await send(guess)).toBe('401 UNAUTHENTICATED')
    expect(await send(forged(3))).toBe('429 RATE_LIMITED')
  })
})
