import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Egress } from '../../../src/platform/egress/egress.ts'
import { createWorld, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { tryToCreate } from '../webhooks/support/webhook.ts'

const refusal = 'It leads to an address that is not public, and that the operator has not allowed.'

/** The loopback address, the metadata address of clouds and a private one, as WHATWG URLs, DNS and IPv6 can write them. */
const spellings = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://localhost/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://10.0.0.1/',
  'http://１２７.0.0.1/',
]

describe('a webhook to an address that is not public', () => {
  let world: World
  let apiKeyId: string
  beforeAll(async () => {
    world = await createWorld({ env: { WEBHOOK_NETWORKS: '198.51.100.0/24' } })
    apiKeyId = (await newKey(world)).id
  })
  afterAll(() => world.close())

  it.each(spellings)('is refused as %s', async (url) => {
    const { userErrors } = await tryToCreate(world, { url, topics: ['ORDER_PLACED'], apiKeyId })
    expect(userErrors).toEqual([{ code: 'URL_REFUSED', path: ['input', 'url'], message: refusal }])
    expect(await world.client.webhook.count()).toBe(0)
  })
})

describe('the egress rules', () => {
  it.each([
    ['not a url', 'It is not a URL.'],
    ['http://93.184.216.34/', 'It must be an https URL.'],
    ['file:///etc/passwd', 'It must be an https URL.'],
    ['https://user@93.184.216.34/', 'It must not hold credentials; the signature is the proof.'],
    ['https://no-such-host.invalid/', 'Its host name cannot be resolved.'],
    ['https://93.184.216.34/', undefined],
    ['https://93.184.216.34:8443/hook?a=b', undefined],
    ['https://[2606:2800:220:1:248:1893:25c8:1946]/', undefined],
  ])('say of %s: %s', async (url, said) => {
    expect(await new Egress({ allowed: [], requiresHttps: true }).refusalOf(url)).toBe(said)
  })

  it('let an operator allow networks, each family for itself', async () => {
    const egress = new Egress({ allowed: ['10.1.0.0/16', 'fd00::/8'], requiresHttps: true })
    expect(await egress.refusalOf('https://10.1.2.3/')).toBeUndefined()
    expect(await egress.refusalOf('https://[fd00::1]/')).toBeUndefined()
    expect(await egress.refusalOf('https://10.2.0.1/')).toBe(refusal)
    expect(await egress.refusalOf('https://[::ffff:10.1.2.3]/')).toBe(refusal)
  })

  it('hold again at each connection, for all addresses of a name', async () => {
    const egress = new Egress({ allowed: [], requiresHttps: true })
    const error = await new Promise((resolve) => {
      egress.lookup('localhost', { all: true }, (failed) => resolve(failed))
    })
    expect(error).toBeInstanceOf(Error)
    expect(() => egress.requireGoodHost(new URL('https://127.0.0.1/'))).toThrow()
  })
})
