import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { createWorld, type World } from '../../support/world.ts'
import { dataIn, messages, outcome, post } from '../support/call.ts'
import { Issuer } from '../support/issuer.ts'
import { type Signing, sign } from '../support/token.ts'

/** Four issuers of one server, each with claims of its own. */
let world: World
const issuers: Record<string, { issuer: Issuer; signing: Signing }> = {}
beforeAll(async () => {
  for (const name of ['plain', 'realm', 'shoppers', 'strict', 'moved']) {
    const issuer = await Issuer.start()
    issuers[name] = { issuer, signing: await issuer.newKey('one', name === 'strict' ? 'ES256' : 'RS256') }
  }
  const providers = [
    { issuer: urlOf('plain'), audience: 'shop' },
    {
      issuer: urlOf('realm'),
      audience: ['shop', 'till'],
      claims: {
        id: 'preferred_username',
        kind: { value: 'staff' },
        roles: ['realm_access', 'roles'],
        scopes: ['resource_access', 'shop', 'roles'],
      },
      roleNames: { 'shop-boss': 'admin', helpdesk: 'support', odd: 'nobody' },
      idPrefix: 'realm:',
    },
    {
      issuer: urlOf('shoppers'),
      audience: 'shop',
      jwksUrl: of('shoppers').issuer.jwksUrl,
      claims: { kind: { value: 'customer' }, id: 'https://shop.example/id', scopes: { value: ['orders:read'] } },
    },
    { issuer: urlOf('strict'), audience: 'shop', algorithms: ['ES256'], tokenType: 'at+jwt', clockToleranceSeconds: 0 },
    { issuer: urlOf('moved'), audience: 'shop' },
  ]
  world = await createWorld({ env: { AUTH_PROVIDERS: JSON.stringify(providers) } })
})
afterAll(async () => {
  await world.close()
  for (const { issuer } of Object.values(issuers)) await issuer[Symbol.asyncDispose]()
})

const of = (name: string) => {
  const found = issuers[name]
  if (!found) throw new Error(`no issuer ${name}`)
  return found
}
const urlOf = (name: string) => of(name).issuer.url
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
const query = '{ viewer { kind id roles scopes customer { code } } }'

async function ask(name: string, claims: JWTPayload, signing = of(name).signing) {
  const token = await sign({ iss: urlOf(name), aud: 'shop', exp: inAnHour(), ...claims }, signing)
  return post(world.url, { query }, { authorization: `Bearer ${token}` })
}
const viewerOf = async (name: string, claims: JWTPayload) =>
  z.object({ viewer: z.unknown() }).parse(dataIn(await ask(name, claims))).viewer

describe('a provider', () => {
  it('is found by its discovery document, and has the claims of RFC 9068 by default', async () => {
    const claims = { sub: 'x', kind: 'staff', roles: ['support'], scope: 'openid audit:read' }
    expect(await viewerOf('plain', claims)).toEqual({
      kind: 'STAFF',
      id: 'x',
      roles: ['support'],
      scopes: ['audit:read', 'customers:read', 'orders:read', 'stock:read'],
      customer: null,
    })
    expect(of('plain').issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('may have claims anywhere, and role names of its own, of which only translated ones count', async () => {
    const claims = {
      aud: ['account', 'till'],
      preferred_username: 'ann',
      kind: 'customer',
      realm_access: { roles: ['helpdesk', 'odd', 'admin', 'offline_access'] },
      resource_access: { shop: { roles: ['payments:write', 'view-profile'] } },
    }
    expect(await viewerOf('realm', claims)).toEqual({
      kind: 'STAFF',
      id: 'realm:ann',
      roles: ['support'],
      scopes: ['customers:read', 'orders:read', 'payments:write', 'stock:read'],
      customer: null,
    })
  })

  it('of customers makes nobody staff, for any token', async () => {
    const id = { 'https://shop.example/id': demoCustomer('ALFKI').sub }
    const viewer = await viewerOf('shoppers', { ...id, kind: 'staff', roles: ['admin'], scope: 'keys:manage' })
    expect(viewer).toMatchObject({ kind: 'CUSTOMER', roles: [], scopes: [], customer: { code: 'ALFKI' } })
    expect(of('shoppers').issuer.asked).toEqual(['/jwks'])
  })

  it.each([
    ['the claim of its id is not there', 'shoppers', { sub: demoCustomer('ALFKI').sub }],
    [
      'the way to its roles ends in no names',
      'realm',
      { preferred_username: 'x', realm_access: { roles: { admin: 1 } } },
    ],
    ['its id is no text', 'realm', { preferred_username: 7 }],
    ['its id is inherited', 'realm', { preferred_username: undefined, sub: 'x' }],
  ])('has a token refused when %s', async (_why, name, claims) => {
    const reply = await ask(name, claims)
    expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
  })

  it('may require access tokens of RFC 9068', async () => {
    const claims = { sub: 'x', kind: 'staff' }
    const { signing } = of('strict')
    for (const typ of ['at+jwt', 'application/AT+JWT']) {
      expect(outcome(await ask('strict', claims, { ...signing, header: { typ } }))).toBe('200')
    }
    for (const typ of ['JWT', undefined]) {
      const reply = await ask('strict', claims, { ...signing, header: { typ } })
      expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
      expect(messages(reply)).toEqual(['The token\'s "typ" claim is not accepted here.'])
    }
  })

  it('may set its algorithms and clock tolerance', async () => {
    const header = { typ: 'at+jwt' }
    const rsa = await of('strict').issuer.newKey('two', 'RS256')
    expect(outcome(await ask('strict', { sub: 'x', kind: 'staff' }, { ...rsa, header }))).toBe('401 UNAUTHENTICATED')
    const exp = Math.floor(Date.now() / 1000) - 2
    const late = await ask('strict', { sub: 'x', kind: 'staff', exp }, { ...of('strict').signing, header })
    expect(outcome(late)).toBe('401 UNAUTHENTICATED')
    expect(outcome(await ask('plain', { sub: 'x', kind: 'staff', exp }))).toBe('200')
  })
})

describe('a token of one provider', () => {
  it('is refused when another provider signed it, in its name or its own', async () => {
    const claims = { sub: 'x', kind: 'staff', roles: ['admin'] }
    expect(outcome(await ask('plain', claims, of('realm').signing))).toBe('401 UNAUTHENTICATED')
    expect(outcome(await ask('realm', { ...claims, preferred_username: 'x' }, of('plain').signing))).toBe(
      '401 UNAUTHENTICATED',
    )
  })

  it.each([undefined, '', 'https://elsewhere.example', 7, null, ['x'], '__proto__', 'constructor'])(
    'is not taken when it says it is of %j',
    async (iss) => {
      const claims: JWTPayload = JSON.parse(
        JSON.stringify({ sub: 'x', kind: 'staff', aud: 'shop', exp: inAnHour(), iss }),
      )
      const token = await sign(claims, of('plain').signing)
      const reply = await post(world.url, { query }, { authorization: `Bearer ${token}` })
      expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
      expect(messages(reply)).toEqual(['The token\'s "iss" claim is not accepted here.'])
    },
  )

  it('with an issuer that differs by a slash is another provider’s', async () => {
    expect(outcome(await ask('plain', { iss: `${urlOf('plain')}/`, sub: 'x', kind: 'staff' }))).toBe(
      '401 UNAUTHENTICATED',
    )
  })
})

describe('a discovery document', () => {
  it.each([
    ['names another issuer', { issuer: 'https://elsewhere.example' }],
    ['names its issuer with a slash more', { issuer: 'slash' }],
    ['leads to no keys', { jwks_uri: undefined }],
    ['leads to a file', { jwks_uri: 'file:///etc/passwd' }],
  ])('that %s is not trusted', async (_what, said) => {
    const { issuer } = of('moved')
    issuer.discovery = 'issuer' in said && said.issuer === 'slash' ? { issuer: `${issuer.url}/` } : said
    const moved = { issuer: issuer.url, audience: 'shop' }
    await using other = await createWorld({ data: 'empty', env: { AUTH_PROVIDERS: JSON.stringify([moved]) } })
    const claims = { iss: issuer.url, aud: 'shop', exp: inAnHour(), sub: 'x', kind: 'staff' }
    const token = await sign(claims, of('moved').signing)
    const reply = await post(other.url, { query }, { authorization: `Bearer ${token}` })
    expect(outcome(reply)).toBe('503 UNAVAILABLE')
    expect(issuer.fetched).toBe(0)
  })
})
