import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outcome, post } from '../platform/support/call.ts'
import { stopClock } from '../platform/support/clock.ts'
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
