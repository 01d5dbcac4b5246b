import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../support/world.ts'
import { dataIn, outcome, post } from './support/call.ts'
import { claimsOf, type Signing, sign } from './support/token.ts'

/** An issuer that publishes its keys, and can be made to fail. */
class Issuer implements AsyncDisposable {
  readonly keys: JWK[] = []
  /** How it answers; undefined publishes the keys, '' keeps its caller waiting. */
  answer: string | undefined
  fetched = 0
  #url = ''
  readonly #server = createServer((_request, response) => {
    this.fetched++
    if (this.answer === '') return
    response.writeHead(this.answer === undefined ? 200 : 500, { 'content-type': 'application/json' })
    response.end(this.answer ?? JSON.stringify({ keys: this.keys }))
  })

  static async start(): Promise<Issuer> {
    const issuer = new Issuer()
    await new Promise<void>((done) => issuer.#server.listen(0, '127.0.0.1', done))
    const { port } = z.object({ port: z.int() }).parse(issuer.#server.address())
    issuer.#url = `http://127.0.0.1:${port}/jwks`
    return issuer
  }

  get url(): string {
    return this.#url
  }

  async newKey(kid: string, alg = 'EdDSA'): Promise<Signing> {
    const { privateKey, publicKey } = await generateKeyPair(alg)
    this.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
    return { key: privateKey, alg, kid }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }
}

const query = '{ viewer { kind customer { code } } }'
const answered = { viewer: { kind: 'CUSTOMER', customer: { code: 'ALFKI' } } }

async function ask(world: World, signing: Signing) {
  return askWith(world, await sign(claimsOf(world.config), signing))
}

function askWith(world: World, token: string) {
  return post(world.url, { query }, { authorization: `Bearer ${token}` })
}

function worldOf(issuer: Issuer): Promise<World> {
  const env = { AUTH_JWKS_URL: issuer.url, AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'shop' }
  return createWorld({ env })
}

describe('keys published by an issuer', () => {
  it.each(['EdDSA', 'ES256', 'ES384', 'RS256', 'PS512'])(
    'of %s are fetched once, and check its tokens',
    async (alg) => {
      await using issuer = await Issuer.start()
      await using world = await worldOf(issuer)
      const signing = await issuer.newKey('one', alg)
      for (let round = 0; round < 3; round++) {
        const reply = await ask(world, signing)
        expect(dataIn(reply)).toEqual(answered)
      }
      expect(issuer.fetched).toBe(1)
    },
  )

  it('do not include the key of development, nor one that is a secret', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    await issuer.newKey('one')
    const secret = Buffer.alloc(32, 'secret')
    issuer.keys.push({ kty: 'oct', k: secret.toString('base64url'), kid: 'secret', alg: 'HS256', use: 'sig' })
    expect(outcome(await ask(world, { key: secret, alg: 'HS256', kid: 'secret' }))).toBe('401 UNAUTHENTICATED')
    const { privateKey } = await generateKeyPair('EdDSA')
    expect(outcome(await ask(world, { key: privateKey, kid: 'development' }))).toBe('401 UNAUTHENTICATED')
  })

  it('are not asked for by requests without a token', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    expect(outcome(await post(world.url, { query }))).toBe('200')
    expect(issuer.fetched).toBe(0)
  })
})

describe('keys as time goes by', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('are fetched again for a new key, but not for each token that names one there is not', async () => {
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

    vi.setSystemTime(Date.now() + 11_000)
    expect(outcome(await ask(world, next))).toBe('200')
    expect(outcome(await ask(world, old))).toBe('200')
    expect(issuer.fetched).toBe(2)
  })

  it('that were taken back are no longer taken a minute later, whatever they signed before', async () => {
    await using issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const old = await issuer.newKey('old')
    const token = await sign({ ...claimsOf(world.config), exp: Math.floor(Date.now() / 1000) + 3600 }, old)
    expect(outcome(await askWith(world, token))).toBe('200')
    issuer.keys.splice(0)
    await issuer.newKey('next')
    vi.setSystemTime(Date.now() + 61_000)
    expect(outcome(await askWith(world, token))).toBe('401 UNAUTHENTICATED')
    expect(outcome(await ask(world, old))).toBe('401 UNAUTHENTICATED')
  })
})

describe('an issuer that does not publish its keys', () => {
  const failures: [how: string, answer: string][] = [
    ['answers with an error', '{"error":"down"}'],
    ['answers with what is no JSON', '<html>'],
    ['keeps its caller waiting', ''],
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
    expect(outcome(await ask(world, signing))).toBe('200')
  })

  it('since it is not there makes them UNAVAILABLE too', async () => {
    const issuer = await Issuer.start()
    await using world = await worldOf(issuer)
    const signing = await issuer.newKey('one')
    await issuer[Symbol.asyncDispose]()
    expect(outcome(await ask(world, signing))).toBe('503 UNAVAILABLE')
  })
})
