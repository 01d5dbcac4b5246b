import { createHmac, createPublicKey, generateKeyPairSync, KeyObject, sign as signBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { call, dataIn, graphql, messages, outcome, post } from '../platform/support/call.ts'
import { Issuer } from '../platform/support/issuer.ts'
import { createWorld, type World } from '../support/world.ts'

// Every token here is made by hand, because libraries refuse to make such tokens. Each must end in UNAUTHENTICATED,
// with nothing read, nothing fetched from a URL in the token, and no message that helps a forger.

let world: World
let alpha: Issuer
let beta: Issuer
let attacker: Issuer
let alphaKey: KeyObject
let betaKey: KeyObject
beforeAll(async () => {
  // The time for which keys are remembered stands still, however slow the machine is.
  vi.useFakeTimers({ toFake: ['performance'] })
  ;[alpha, beta, attacker] = [await Issuer.start(), await Issuer.start(), await Issuer.start()]
  alphaKey = await published(alpha, 'alpha-1')
  betaKey = await published(beta, 'beta-1')
  await published(attacker, 'alpha-1')
  const providers = [alpha, beta].map(({ url, jwksUrl }) => ({ issuer: url, audience: 'shop', jwksUrl }))
  world = await createWorld({ env: { AUTH_PROVIDERS: JSON.stringify(providers) } })
  // The keys are known from here on, so that nothing waits.
  expect(outcome(await send(token({})))).toBe('200')
  expect(outcome(await send(token({ payload: { iss: beta.url }, header: { kid: 'beta-1' }, key: betaKey })))).toBe(
    '200',
  )
})
afterAll(async () => {
  await world.close()
  for (const issuer of [alpha, beta, attacker]) await issuer[Symbol.asyncDispose]()
  vi.useRealTimers()
})
afterEach(() => {
  expect(attacker.asked).toEqual([])
})

const query =
  '{ viewer { kind } products(first: 1) { edges { node { name } } } orders(first: 1) { edges { node { number } } } }'
const seconds = () => Math.floor(Date.now() / 1000)
const encoded = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const thief = generateKeyPairSync('rsa', { modulusLength: 2048 })

async function published(issuer: Issuer, kid: string): Promise<KeyObject> {
  const { key } = await issuer.newKey(kid, 'RS256')
  if (!(key instanceof CryptoKey)) throw new Error('jose makes CryptoKeys')
  return KeyObject.from(key)
}

interface Token {
  header?: object | string
  payload?: object | string
  key?: KeyObject
  /** Replaces a signature by the key. */
  signature?: (signed: string) => string
}

/** A token of alpha's for a member of staff, with these header and claims instead. */
function token({ header = {}, payload = {}, key = alphaKey, signature }: Token): string {
  const said = { iss: alpha.url, aud: 'shop', sub: 'ann', kind: 'staff', roles: ['admin'], exp: seconds() + 600 }
  const head = typeof header === 'string' ? header : { alg: 'RS256', kid: 'alpha-1', ...header }
  const signed = `${encoded(head)}.${encoded(typeof payload === 'string' ? payload : { ...said, ...payload })}`
  const sign = signature ?? ((text) => signBytes('sha256', Buffer.from(text), key).toString('base64url'))
  return `${signed}.${sign(signed)}`
}

function send(credential: string) {
  return post(world.url, { query }, { authorization: `Bearer ${credential}` })
}

/** Every message for a refused token. */
const said = new Set([
  'The token is not valid.',
  'The Authorization header must be "Bearer <token>".',
  'This is neither a JWT nor an API key.',
  'The token has expired; get a new one.',
  ...['iss', 'aud', 'exp', 'nbf', 'sub'].map((claim) => `The token's "${claim}" claim is not accepted here.`),
  'The token is valid, but does not say who the viewer is.',
])

async function expectRefused(credential: string): Promise<string> {
  const before = world.statements.length
  const reply = await send(credential)
  expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  expect(reply.text).not.toContain('"data"')
  expect(reply.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  expect(world.statements.length).toBe(before)
  const [message = ''] = messages(reply)
  expect(said).toContain(message)
  return message
}

/** A token that its issuer did not sign is "not valid", and nothing else, for any claims. */
async function expectForged(credential: string): Promise<void> {
  expect(await expectRefused(credential)).toBe('The token is not valid.')
}

describe('a stolen token', () => {
  it('with any character changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = token({}).split('.')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const signed = `${header}.${payload}`
    const change = fc.tuple(fc.nat({ max: signed.length - 1 }), fc.constantFrom(...alphabet))
    await fc.assert(
      fc.asyncProperty(change, async ([at, letter]) => {
        if (signed[at] === letter || signed[at] === '.') return
        await expectRefused(`${signed.slice(0, at)}${letter}${signed.slice(at + 1)}.${signature}`)
      }),
      { numRuns: 200 },
    )
  })

  it('with other claims, another header or another token’s signature is refused', async () => {
    const [header = '', payload = '', signature = ''] = token({ payload: { kind: 'customer' } }).split('.')
    const [otherHeader = '', otherPayload = '', otherSignature = ''] = token({ header: { typ: 'JWT' } }).split('.')
    await expectForged(`${header}.${otherPayload}.${signature}`)
    await expectForged(`${otherHeader}.${payload}.${signature}`)
    await expectForged(`${header}.${payload}.${otherSignature}`)
  })

  it('with half a signature, zeros as a signature or none is refused', async () => {
    const [header = '', payload = '', signature = ''] = token({}).split('.')
    await expectForged(`${header}.${payload}.${signature.slice(0, signature.length / 2)}`)
    await expectForged(`${header}.${payload}.${'A'.repeat(signature.length)}`)
    await expectForged(`${header}.${payload}.A`)
    await expectRefused(`${header}.${payload}.`)
    await expectRefused(`${header}.${payload}`)
  })

  it.each([
    ['for another audience', 'till'],
    ['for an audience of a longer name', 'shop2'],
    ['for an audience of other case', 'Shop'],
    ['for other audiences', ['till', 'shop2']],
    ['for no audience', undefined],
    ['for an audience in an object', { shop: true }],
  ])('%s', async (_what, aud) => {
    expect(await expectRefused(token({ payload: { aud } }))).toBe('The token\'s "aud" claim is not accepted here.')
  })
})

describe('a token outside its validity', () => {
  it('that has expired, just now or long ago, is refused', async () => {
    for (const exp of [seconds() - 6, 1, 0, -1, -1e15]) {
      expect(await expectRefused(token({ payload: { exp } }))).toBe('The token has expired; get a new one.')
    }
  })

  it.each([undefined, null, '9999999999', [9_999_999_999], true])(
    'that never expires, or in no number (%j)',
    async (exp) => {
      expect(await expectRefused(token({ payload: { exp } }))).toBe('The token\'s "exp" claim is not accepted here.')
    },
  )

  it('that is not valid yet, or has a malformed start, is refused', async () => {
    for (const nbf of [seconds() + 30, 1e15, '0', null]) {
      expect(await expectRefused(token({ payload: { nbf } }))).toBe('The token\'s "nbf" claim is not accepted here.')
    }
  })
})

describe('a token of another issuer', () => {
  it('that the server does not know is refused', async () => {
    for (const iss of [attacker.url, `${alpha.url}/`, `${alpha.url}#`, alpha.url.toUpperCase(), '', undefined]) {
      await expectRefused(token({ payload: { iss }, key: thief.privateKey }))
      await expectRefused(token({ payload: { iss } }))
    }
  })

  it('that names another known issuer is refused, under either key’s name', async () => {
    for (const kid of ['alpha-1', 'beta-1', undefined]) {
      await expectForged(token({ header: { kid }, key: betaKey }))
      await expectForged(token({ payload: { iss: beta.url }, header: { kid } }))
    }
  })
})

describe('an unsigned token', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', undefined, null, [], ['RS256'], {}])(
    'says so with alg %j',
    async (alg) => {
      const [, , good = ''] = token({}).split('.')
      for (const signature of ['', 'AA', good])
        await expectRefused(token({ header: { alg }, signature: () => signature }))
    },
  )

  it('signed with the published key as an HMAC secret is refused', async () => {
    const publicKey = createPublicKey(alphaKey)
    const [jwk] = alpha.keys
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd(),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      publicKey.export({ type: 'pkcs1', format: 'der' }),
      JSON.stringify(jwk),
      jwk?.n ?? '',
      Buffer.from(jwk?.n ?? '', 'base64url'),
    ]
    for (const secret of secrets) {
      for (const [alg, hash] of [
        ['HS256', 'sha256'],
        ['HS384', 'sha384'],
        ['HS512', 'sha512'],
      ] as const) {
        const signature = (text: string) => createHmac(hash, secret).update(text).digest('base64url')
        await expectForged(token({ header: { alg }, signature }))
      }
    }
  })

  it('signed with a forger’s key is refused, under a known key’s name and any algorithm', async () => {
    await expectForged(token({ key: thief.privateKey }))
    for (const alg of [
      'RS384',
      'RS512',
      'PS256',
      'ES256',
      'ES512',
      'EdDSA',
      'RSA-OAEP',
      'dir',
      'ES256K',
      'x'.repeat(1000),
    ]) {
      await expectForged(token({ header: { alg }, key: thief.privateKey }))
      await expectForged(token({ header: { alg } }))
    }
  })
})

describe('a token that brings its key', () => {
  const jwk = { ...thief.publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'alpha-1' }
  const certificate = thief.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')

  it('in its header is refused', async () => {
    for (const kid of ['alpha-1', 'mine', undefined]) {
      for (const header of [
        { jwk },
        { jwk, x5c: [certificate] },
        { x5c: [certificate], x5t: 'AA' },
        { jwks: { keys: [jwk] } },
      ]) {
        await expectForged(token({ header: { ...header, kid }, key: thief.privateKey }))
      }
    }
  })

  it('by a URL is refused, and the URL is not fetched', async () => {
    const { url, jwksUrl } = attacker
    for (const header of [{ jku: jwksUrl }, { x5u: jwksUrl }, { jku: jwksUrl, x5u: jwksUrl, iss: url }]) {
      for (const kid of ['alpha-1', 'mine', jwksUrl]) {
        await expectForged(token({ header: { ...header, kid }, key: thief.privateKey }))
      }
    }
    await expectRefused(token({ payload: { iss: url, jku: jwksUrl }, key: thief.privateKey }))
    expect(attacker.asked).toEqual([])
  })

  it('by a name with a meaning elsewhere is refused', async () => {
    const names = [
      '../../../../dev/null',
      '/etc/passwd',
      "' union select 'x' --",
      '$(id)',
      'alpha-1\0',
      'ALPHA-1',
      '__proto__',
    ]
    const strange = [...names, 'constructor', '', 'x'.repeat(4000), 0, null, ['alpha-1'], { kid: 'alpha-1' }, true]
    for (const kid of strange) {
      await expectForged(token({ header: { kid }, key: thief.privateKey }))
      await expectForged(token({ header: { kid }, signature: () => '' }).concat('AA'))
    }
    expect(alpha.fetched + beta.fetched).toBe(2)
  })
})

describe('a malformed token', () => {
  it.each([
    ['an extension the server must know', { crit: ['urn:x'], 'urn:x': 1 }],
    ['a claim that must be known as an extension', { crit: ['exp'], exp: 9_999_999_999 }],
    ['no list of extensions', { crit: 'exp', exp: 1 }],
    ['an empty list of extensions', { crit: [] }],
    ['an extension that is not there', { crit: ['urn:x'] }],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }],
    ['another end', { typ: 'logout+jwt' }],
  ])('with %s is refused, although alpha signed it', async (_what, header) => {
    await expectForged(token({ header }))
  })

  it.each([
    ['a header that is no JSON', { header: 'alg=RS256' }],
    ['a header that is a list', { header: '[]' }],
    ['an empty header', { header: '{}' }],
    ['a payload that is no JSON', { payload: 'sub=ann' }],
    ['a payload that is a list', { payload: '[{"sub":"ann"}]' }],
    ['a payload that is null', { payload: 'null' }],
    ['a payload that is not UTF-8', { payload: Buffer.from([0xff, 0xfe]).toString('latin1') }],
  ])('with %s is refused', async (_what, made) => {
    await expectRefused(token(made))
  })

  it('that is encrypted, or has more or fewer parts, is refused', async () => {
    const header = encoded({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'alpha-1' })
    await expectRefused(`${header}.AA.AA.AA.AA`)
    await expectRefused(`${token({})}.AA`)
    await expectRefused(`.${token({})}`)
    await expectRefused('..')
  })

  it('that is too large is refused at once, and unread beyond the header limit', async () => {
    await expectRefused(token({ payload: { padding: 'x'.repeat(8192) } }))
    await expectRefused(`${'a'.repeat(5000)}.${'a'.repeat(5000)}.a`)
    const huge = await call(world.url, {
      headers: { ...graphql, authorization: `Bearer ${'a'.repeat(20_000)}` },
      body: '{}',
    })
    expect(huge.status).toBe(431)
  })
})

describe('a valid token with excessive claims', () => {
  const strange = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']
  const viewer = '{ viewer { kind roles scopes } orders { totalCount } }'
  const askAs = (payload: object) =>
    post(
      world.url,
      { query: viewer },
      { authorization: `Bearer ${token({ payload: { roles: undefined, ...payload } })}` },
    )

  it('has no kind from Object.prototype', async () => {
    for (const kind of [...strange, 'anonymous', 'apiKey', 'STAFF', 'staff ', ['staff'], { staff: true }]) {
      await expectRefused(token({ payload: { kind } }))
    }
  })

  it('has no roles and scopes from Object.prototype', async () => {
    const reply = await askAs({ roles: strange, scope: strange.join(' ') })
    expect(outcome(reply)).toBe('200 FORBIDDEN')
    expect(dataIn(reply)).toEqual({ viewer: { kind: 'STAFF', roles: [], scopes: [] }, orders: null })
  })

  it('has no claims from a polluted prototype', async () => {
    const said = `"iss":"${alpha.url}","aud":"shop","sub":"ann","kind":"staff","exp":${seconds() + 60}`
    const payload = `{${said},"__proto__":{"roles":["admin"],"scope":"orders:read"}}`
    const reply = await post(world.url, { query: viewer }, { authorization: `Bearer ${token({ payload })}` })
    expect(dataIn(reply)).toEqual({ viewer: { kind: 'STAFF', roles: [], scopes: [] }, orders: null })
  })

  it('of a customer gets nothing from roles and scopes of staff', async () => {
    const reply = await askAs({ ...demoCustomer('ALFKI'), roles: ['admin'], scope: 'orders:read keys:manage' })
    expect(dataIn(reply)).toEqual({ viewer: { kind: 'CUSTOMER', roles: [], scopes: [] }, orders: { totalCount: 6 } })
  })
})
