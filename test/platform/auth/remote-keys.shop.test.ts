import { generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { dataIn, outcome, post } from '../support/call.ts'
import { Issuer } from '../support/issuer.ts'
import { claimsOf } from '../support/token.shop.ts'
import { type Signing, sign } from '../support/token.ts'

const query = '{ viewer { kind customer { code } } }'
const answered = { viewer: { kind: 'CUSTOMER', customer: { code: 'ALFKI' } } }

async function ask(world: World, signing: Signing) {
  return askWith(world, await sign(claimsOf(world.config), signing))
}

function askWith(world: World, token: string) {
  return post(world.url, { query }, { authorization: `Bearer ${token}` })
}

function worldOf(issuer: Issuer): Promise<World> {
  const env = { AUTH_JWKS_URL: issuer.jwksUrl, AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'shop' }
  return createWorld({ env })
}

describe('keys published by an issuer', () => {
  it('are fetched once, and check its tokens with any algorithm', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const algorithms = ['EdDSA', 'ES256', 'ES384', 'RS256', 'PS512']
    const signings = await Promise.all(algorithms.map((alg) => issuer.newKey(alg, alg)))
    for (const signing of [...signings, ...signings, ...signings]) {
      expect([signing.alg, dataIn(await ask(world, signing))]).toEqual([signing.alg, answered])
    }
    expect(issuer.fetched).toBe(1)
  })

  it('exclude the development key, and symmetric keys', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    await issuer.newKey('one')
    const secret = Buffer.alloc(32, 'secret')
    issuer.keys.push({ kty: 'oct', k: secret.toString('base64url'), kid: 'secret', alg: 'HS256', use: 'sig' })
    expect(outcome(await ask(world, { key: secret, alg: 'HS256', kid: 'secret' }))).toBe('401 UNAUTHENTICATED')
    const { privateKey } = await generateKeyPair('EdDSA')
    expect(outcome(await ask(world, { key: privateKey, kid: 'development' }))).toBe('401 UNAUTHENTICATED')
  })

  it('are not fetched for requests without a token', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    expect(outcome(await post(world.url, { query }))).toBe('200')
    expect(issuer.fetched).toBe(0)
  })
})

/** Both clocks: that of tokens, and that of remembered keys. Timers run as usual. */
function fakeClocks() {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}
const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000)

/** A token that outlives every test. */
const lasting = (world: World, signing: Signing) =>
  sign({ ...claimsOf(world.config), exp: Math.floor(Date.now() / 1000) + 3600 }, signing)

describe('keys as time goes by', () => {
  fakeClocks()

  it('are fetched again for a new key, but not for each token with an unknown key', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const old = await issuer.newKey('old')
    expect(outcome(await ask(world, old))).toBe('200')

    const next = await issuer.newKey('next')
    const { key } = next
    for (let round = 0; round < 5; round++) {
      expect(outcome(await ask(world, { key, kid: `unknown-${round}` }))).toBe('401 UNAUTHENTICATED')
    }
    expect(issuer.fetched).toBe(1)

    pass(10)
    expect(outcome(await ask(world, next))).toBe('200')
    expect(outcome(await ask(world, old))).toBe('200')
    expect(issuer.fetched).toBe(2)
    for (let round = 0; round < 5; round++) await ask(world, { key, kid: `unknown-${round}` })
    expect(issuer.fetched).toBe(2)
  })

  it('that were withdrawn are refused a minute after they were last published, for any token', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const old = await issuer.newKey('old')
    const tokens = [await lasting(world, old), await lasting(world, { ...old, header: { typ: 'JWT' } })]
    expect(outcome(await askWith(world, tokens[0] ?? ''))).toBe('200')
    issuer.keys.splice(0)
    await issuer.newKey('next')
    pass(29)
    for (const token of tokens) expect(outcome(await askWith(world, token))).toBe('200')
    expect(issuer.fetched).toBe(1)

    pass(31)
    for (const token of tokens) expect(outcome(await askWith(world, token))).toBe('401 UNAUTHENTICATED')
    expect(outcome(await ask(world, old))).toBe('401 UNAUTHENTICATED')
    expect(issuer.fetched).toBe(2)
  })

  it('are fetched in advance while they are in use, so that a token is checked again without waiting', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    const ours = await lasting(world, signing)
    expect(outcome(await askWith(world, ours))).toBe('200')
    pass(40)
    expect(outcome(await askWith(world, ours))).toBe('200')
    await vi.waitUntil(() => issuer.fetched === 2)
    // A token with an unknown key waits for a fetch under way; once it is refused, the keys are there.
    expect(outcome(await ask(world, { ...signing, kid: 'unknown' }))).toBe('401 UNAUTHENTICATED')
    issuer.answer = '{"error":"down"}'
    pass(30)
    expect(outcome(await askWith(world, ours))).toBe('200')
    expect(outcome(await ask(world, signing))).toBe('200')
  })
})

describe('an issuer that stops publishing its keys', () => {
  fakeClocks()

  it('has its known keys accepted for the rest of their minute, then UNAVAILABLE, then again', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    const token = await lasting(world, signing)
    expect(outcome(await askWith(world, token))).toBe('200')

    issuer.answer = '{"error":"down"}'
    pass(59)
    expect(outcome(await askWith(world, token))).toBe('200')
    expect(outcome(await ask(world, signing))).toBe('200')
    pass(1)
    expect(outcome(await askWith(world, token))).toBe('503 UNAVAILABLE')
    expect(outcome(await ask(world, signing))).toBe('503 UNAVAILABLE')
    expect(world.logLines.filter((line) => line.includes('no new keys')).length).toBeGreaterThan(0)

    issuer.answer = undefined
    pass(1)
    expect(outcome(await askWith(world, token))).toBe('200')
  })

  it('is asked once a second by waiting tokens, and every ten seconds for unknown keys', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    issuer.answer = '{"error":"down"}'
    for (let round = 0; round < 5; round++) expect(outcome(await ask(world, signing))).toBe('503 UNAVAILABLE')
    expect(issuer.fetched).toBe(1)

    issuer.answer = undefined
    pass(1)
    expect(outcome(await ask(world, signing))).toBe('200')
    expect(issuer.fetched).toBe(2)

    issuer.answer = '{"error":"down"}'
    pass(10)
    const unknown = { ...signing, kid: 'unknown' }
    expect(outcome(await ask(world, unknown))).toBe('503 UNAVAILABLE')
    for (let round = 0; round < 5; round++) expect(outcome(await ask(world, unknown))).toBe('401 UNAUTHENTICATED')
    expect(outcome(await ask(world, signing))).toBe('200')
    expect(issuer.fetched).toBe(3)
  })
})

describe('an issuer that does not publish its keys', () => {
  fakeClocks()
  const failures: [how: string, answer: string][] = [
    ['answers with an error', '{"error":"down"}'],
    ['answers with what is no JSON', '<html>'],
  ]
  it.each(failures)('but %s makes tokens UNAVAILABLE with 503, and no viewer anonymous', async (_how, answer) => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    issuer.answer = answer
    const reply = await ask(world, signing)
    expect(outcome(reply)).toBe('503 UNAVAILABLE')
    expect(reply.text).not.toContain('"data"')
    expect(outcome(await post(world.url, { query }))).toBe('200')

    issuer.answer = undefined
    pass(1)
    expect(outcome(await ask(world, signing))).toBe('200')
  })

  it('but does not respond within five seconds makes tokens UNAVAILABLE with 503', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    issuer.answer = ''
    const bound = new AbortController()
    const timeout = AbortSignal.timeout
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => (ms === 5000 ? bound.signal : timeout(ms)))
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    const reply = ask(world, signing)
    await vi.waitUntil(() => issuer.fetched === 1)
    bound.abort(new DOMException('Five seconds have passed.', 'TimeoutError'))
    expect(outcome(await reply)).toBe('503 UNAVAILABLE')
  })

  it('but redirects is not followed', async () => {
    await using issuer = await Issuer.start()
    await using elsewhere = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await elsewhere.newKey('one')
    issuer.redirect = elsewhere.jwksUrl
    expect(outcome(await ask(world, signing))).toBe('503 UNAVAILABLE')
    expect(elsewhere.asked).toEqual([])
  })

  it('because it is down makes tokens UNAVAILABLE too', async () => {
    const issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    await issuer[Symbol.asyncDispose]()
    expect(outcome(await ask(world, signing))).toBe('503 UNAVAILABLE')
  })
})
