import { generateKeyPair, type JWTPayload, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { developmentKeys } from '../../../src/platform/auth/development-keys.ts'
import { TokenVerifier } from '../../../src/platform/auth/token-verifier.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { domain } from '../../../src/schema.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, dataIn, graphql, messages, outcome, post, type Reply } from '../support/call.ts'
import { claimsOf } from '../support/token.shop.ts'
import { developmentKey, type Signing, sign } from '../support/token.ts'

let world: World
let ours: Signing
let publicX: string
beforeAll(async () => {
  world = await createWorld()
  const { key, jwk } = await developmentKey(world.config)
  ours = { key }
  publicX = jwk.x ?? ''
})
afterAll(() => world.close())

/** Everyone may ask this, so that a response shows the viewer. */
const query = '{ viewer { kind roles scopes customer { code } } products { totalCount } }'
const ask = (authorization: string) => post(world.url, { query }, { authorization })
const token = (changes: JWTPayload & { kind?: unknown } = {}, signing = ours) =>
  sign(claimsOf(world.config, changes), signing)
const seconds = () => Math.floor(Date.now() / 1000)

function expectRefused(reply: Reply) {
  expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  expect(reply.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  expect(reply.text).toMatch(/^\{"errors":/)
  expect(reply.text).not.toContain('"data"')
}

function viewerIn(reply: Reply): unknown {
  return z.object({ viewer: z.unknown() }).parse(dataIn(reply)).viewer
}

describe('a request without Authorization', () => {
  it('is anonymous', async () => {
    const reply = await post(world.url, { query })
    expect(viewerIn(reply)).toEqual({ kind: 'ANONYMOUS', roles: [], scopes: [], customer: null })
  })
})

describe('an Authorization header that is no bearer token', () => {
  const headers = [
    ...['', ' ', 'Bearer', 'Bearer ', 'Bearer x', 'Bearer a.b', 'Bearer a.b.', 'Bearer .b.c', 'Bearer a.b.c.d.e'],
    ...['Basic YWRtaW46YWRtaW4=', 'bearer', 'Token a.b.c', 'Bearera.b.c', 'Bearer a.b.c d', 'Bearer a,b.c.d', 'null'],
    ...['Bearer null', 'Bearer undefined', 'Bearer "a.b.c"', 'Bearer a=.b=.c=', `Bearer ${'a'.repeat(8192)}.b.c`],
  ]
  it.each(headers)('%s is UNAUTHENTICATED, not anonymous', async (header) => {
    expectRefused(await ask(header))
  })

  it('neither are two, of which one or both are good', async () => {
    const good = `Bearer ${await token()}`
    const twos = [
      [good, good],
      [good, ''],
      ['', good],
      [good, 'Basic eDp5'],
    ]
    for (const two of twos) {
      expectRefused(await post(world.url, { query }, { Authorization: two }))
      const get = `/graphql?${new URLSearchParams({ query })}`
      expectRefused(await call(world.url, { method: 'GET', path: get, headers: { ...graphql, Authorization: two } }))
    }
  })

  it('neither is a good token with other text around it', async () => {
    const good = await token()
    for (const header of [good, `Bearer ${good} x`, `Bearer ${good}, Bearer ${good}`, `Bearer Bearer ${good}`]) {
      expectRefused(await ask(header))
    }
  })
})

describe('a token', () => {
  const bad: [what: string, changes: JWTPayload & { kind?: unknown }, message: string][] = [
    ['that has expired', { exp: 1 }, 'The token has expired; get a new one.'],
    ['of another issuer', { iss: 'https://elsewhere.example' }, 'The token\'s "iss" claim is not accepted here.'],
    ['of no issuer', { iss: undefined }, 'The token\'s "iss" claim is not accepted here.'],
    ['for another audience', { aud: 'elsewhere' }, 'The token\'s "aud" claim is not accepted here.'],
    ['for other audiences', { aud: ['a', 'b'] }, 'The token\'s "aud" claim is not accepted here.'],
    ['for no audience', { aud: undefined }, 'The token\'s "aud" claim is not accepted here.'],
    ['that is not valid yet', { nbf: 4_000_000_000 }, 'The token\'s "nbf" claim is not accepted here.'],
    ['that never expires', { exp: undefined }, 'The token\'s "exp" claim is not accepted here.'],
    ['about nobody', { sub: undefined }, 'The token\'s "sub" claim is not accepted here.'],
    ['about an empty name', { sub: '' }, 'The token is valid, but does not say who the viewer is.'],
    ['of no kind', { kind: undefined }, 'The token is valid, but does not say who the viewer is.'],
    ['of an empty kind', { kind: '' }, 'The token is valid, but does not say who the viewer is.'],
    ['of a kind nobody knows', { kind: 'robot' }, 'The token is valid, but does not say who the viewer is.'],
    [
      'of the kind of those without one',
      { kind: 'anonymous' },
      'The token is valid, but does not say who the viewer is.',
    ],
    ['of a kind that is no text', { kind: ['staff'] }, 'The token is valid, but does not say who the viewer is.'],
    [
      'whose roles are no names',
      { kind: 'staff', roles: { admin: true } },
      'The token is valid, but does not say who the viewer is.',
    ],
    [
      'whose scopes are no words',
      { kind: 'staff', scope: 7 },
      'The token is valid, but does not say who the viewer is.',
    ],
    ['of a kind of the platform’s own', { kind: 'apiKey' }, 'The token is valid, but does not say who the viewer is.'],
    ['of a customer with no id', { sub: 'ALFKI' }, 'The token is valid, but does not say who the viewer is.'],
    [
      'of a customer with a UUID',
      { sub: '01890a5d-ac96-774b-bcce-b302099a8057' },
      'The token is valid, but does not say who the viewer is.',
    ],
    [
      'of a customer with an order’s id',
      { sub: encodeId('Order', '01890a5d-ac96-774b-bcce-b302099a8057') },
      'The token is valid, but does not say who the viewer is.',
    ],
  ]
  it.each(bad)('%s is UNAUTHENTICATED', async (_what, changes, message) => {
    const reply = await ask(`Bearer ${await token(changes)}`)
    expectRefused(reply)
    expect(messages(reply)).toEqual([message])
  })

  it('that nobody signed is UNAUTHENTICATED', async () => {
    const unsecured = new UnsecuredJWT(claimsOf(world.config)).encode()
    expectRefused(await ask(`Bearer ${unsecured}`))
    const [, , signature] = (await token()).split('.')
    expectRefused(await ask(`Bearer ${unsecured}${signature}`))
    expectRefused(await ask(`Bearer ${unsecured}x`))
  })

  it('signed with another key is UNAUTHENTICATED, under the known key’s name, another or none', async () => {
    const { privateKey } = await generateKeyPair('EdDSA')
    for (const kid of ['development', 'other']) {
      expectRefused(await ask(`Bearer ${await token({}, { key: privateKey, kid })}`))
    }
    const { privateKey: rsa } = await generateKeyPair('RS256')
    expectRefused(await ask(`Bearer ${await token({}, { key: rsa, alg: 'RS256' })}`))
  })

  it('signed with the public key as an HMAC secret is UNAUTHENTICATED', async () => {
    for (const secret of [Buffer.from(publicX), Buffer.from(publicX, 'base64url')]) {
      expectRefused(await ask(`Bearer ${await token({}, { key: secret, alg: 'HS256' })}`))
    }
  })

  it('with a changed part is UNAUTHENTICATED', async () => {
    const [header = '', , signature = ''] = (await token()).split('.')
    const [, payload = ''] = (await token({ kind: 'staff', roles: ['admin'] })).split('.')
    expectRefused(await ask(`Bearer ${header}.${payload}.${signature}`))
    expectRefused(await ask(`Bearer ${header}.${payload}.${signature.slice(0, -4)}AAAA`))
  })

  it('that is valid identifies its viewer, in any case of "Bearer", and with one of several audiences', async () => {
    const customer = { kind: 'CUSTOMER', roles: [], scopes: [], customer: { code: 'ALFKI' } }
    expect(viewerIn(await ask(`Bearer ${await token()}`))).toEqual(customer)
    expect(viewerIn(await ask(`bearer   ${await token()}`))).toEqual(customer)
    const several = await token({ aud: ['elsewhere', world.config.auth.audience] })
    expect(viewerIn(await ask(`BEARER ${several}`))).toEqual(customer)
  })

  it('grants no scopes for an unknown role, nor for any role of a customer', async () => {
    const roles = ['nobody', '', 'Admin', 'constructor', '__proto__', 'toString']
    const staff = await ask(`Bearer ${await token({ sub: 'x', kind: 'staff', roles })}`)
    expect(viewerIn(staff)).toEqual({ kind: 'STAFF', roles: [], scopes: [], customer: null })
    const customer = await ask(`Bearer ${await token({ roles: ['admin'], scope: 'orders:read keys:manage' })}`)
    expect(viewerIn(customer)).toMatchObject({ kind: 'CUSTOMER', roles: [], scopes: [] })
  })

  it('of staff unites the scopes of its roles with its own known scopes', async () => {
    const scope = 'payments:write orders:read openid orders:delete __proto__ constructor'
    for (const given of [scope, scope.split(' ')]) {
      const reply = await ask(
        `Bearer ${await token({ sub: 'x', kind: 'staff', roles: ['auditor', 'x'], scope: given })}`,
      )
      const scopes = ['audit:read', 'orders:read', 'payments:write']
      expect(viewerIn(reply)).toEqual({ kind: 'STAFF', roles: ['auditor'], scopes, customer: null })
    }
  })

  it('may have one role without a list', async () => {
    const reply = await ask(`Bearer ${await token({ sub: 'x', kind: 'staff', roles: 'auditor' })}`)
    expect(viewerIn(reply)).toMatchObject({ roles: ['auditor'], scopes: ['audit:read'] })
  })

  it('shows its viewer who it identifies, and until when', async () => {
    const exp = seconds() + 60
    const asked = '{ viewer { id expiresAt apiKey { id } } }'
    const authorization = `Bearer ${await token({ sub: 'x', kind: 'staff', exp })}`
    const reply = await post(world.url, { query: asked }, { authorization })
    expect(viewerIn(reply)).toEqual({ id: 'x', expiresAt: new Date(exp * 1000).toISOString(), apiKey: null })
    const nobody = await post(world.url, { query: asked })
    expect(viewerIn(nobody)).toEqual({ id: null, expiresAt: null, apiKey: null })
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', undefined])('may have the type %s', async (typ) => {
    expect(outcome(await ask(`Bearer ${await token({}, { ...ours, header: { typ } })}`))).toBe('200')
  })

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'application/json', '', 7, null])(
    'that says it is %j, and so for another end, is UNAUTHENTICATED',
    async (typ) => {
      expectRefused(await ask(`Bearer ${await token({}, { ...ours, header: { typ } })}`))
    },
  )
})

describe('a token as time goes by', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const pass = (secondsLater: number) => vi.setSystemTime(Date.now() + secondsLater * 1000)

  it('is accepted until five seconds after its expiry, because clocks differ, although it was accepted before', async () => {
    const authorization = `Bearer ${await token({ exp: seconds() + 10 })}`
    expect(outcome(await ask(authorization))).toBe('200')
    pass(9)
    expect(outcome(await ask(authorization))).toBe('200')
    pass(5)
    expect(outcome(await ask(authorization))).toBe('200')
    pass(2)
    const reply = await ask(authorization)
    expectRefused(reply)
    expect(messages(reply)).toEqual(['The token has expired; get a new one.'])
  })

  it('is checked once while it is valid, and again for each request after that', async () => {
    const keys = await developmentKeys(world.config.dataDir)
    const find = vi.spyOn(keys, 'find')
    const [settings] = world.config.auth.providers
    const tokens = new TokenVerifier(settings ? [{ settings, keys }] : [], domain)
    const jwt = await token({ exp: seconds() + 10 })
    const viewers = [await tokens.viewer(jwt), await tokens.viewer(jwt)]
    expect(viewers[1]).toBe(viewers[0])
    expect(find).toHaveBeenCalledTimes(1)

    pass(11)
    await tokens.viewer(jwt)
    expect(find).toHaveBeenCalledTimes(2)
    pass(10)
    await expect(async () => tokens.viewer(jwt)).rejects.toThrow('The token has expired')
    await expect(async () => tokens.viewer(jwt)).rejects.toThrow('The token has expired')
    expect(find).toHaveBeenCalledTimes(4)
  })
})
