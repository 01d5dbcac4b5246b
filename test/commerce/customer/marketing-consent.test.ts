import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { developmentToken } from '../../../src/platform/auth/development-keys.ts'
import { exportRows } from '../../platform/bulk/support/export.ts'
import { asClaims } from '../../platform/support/as-claims.ts'
import { Receiver } from '../../platform/webhooks/support/receiver.ts'
import { newWebhook } from '../../platform/webhooks/support/webhook.shop.ts'
import { hasty } from '../../platform/webhooks/support/webhook.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: hasty })
})
afterAll(() => world.close())

const set =
  'mutation ($input: CustomerConsentSetInput!) { customerConsentSet(input: $input) { customer { marketingConsent version consents { isGiven actorKind } } userErrors { code } } }'
const payload = z.object({
  customerConsentSet: z.object({
    customer: z.object({
      marketingConsent: z.boolean(),
      version: z.number(),
      consents: z.array(z.object({ isGiven: z.boolean(), actorKind: z.string() })),
    }),
    userErrors: z.tuple([]),
  }),
})

async function consent(viewer: string, input: object) {
  return dataOf(await world.as(viewer).query(set, { input }), payload).customerConsentSet.customer
}

const marketing = () => asClaims(world, { sub: 'ads', kind: 'staff', roles: ['marketing'] })
const contacts = '{ customers { edges { node { code email phone } } } }'
const found = z.object({
  customers: z.object({
    edges: z.array(z.object({ node: z.object({ code: z.string(), email: z.string().nullable() }) })),
  }),
})
const codesFor = async (caller: ReturnType<typeof marketing>) =>
  dataOf(await caller.query(contacts), found).customers.edges.map(({ node }) => node.code)

describe('the consent to marketing', () => {
  it('is given and withdrawn by the customer and by staff, and keeps its history', async () => {
    expect(await consent('customer ANATR', { marketing: true })).toMatchObject({ marketingConsent: true })
    const { version } = await consent('customer ANATR', { marketing: true })
    const customerId = demoCustomer('ANATR').sub
    expect(await consent('admin', { customerId, marketing: false })).toEqual({
      marketingConsent: false,
      version: version + 1,
      consents: [
        { isGiven: true, actorKind: 'customer' },
        { isGiven: false, actorKind: 'staff' },
      ],
    })
    const events = await world.client.domainEvent.findMany({
      where: { topic: 'customer.consent_changed' },
      orderBy: { written: 'asc' },
    })
    expect(events.map(({ payload }) => payload)).toEqual([
      { customerId, marketing: true },
      { customerId, marketing: false },
    ])
  })

  it('is nobody else’s to give', async () => {
    const input = { customerId: demoCustomer('ANTON').sub, marketing: true }
    const stranger = await world.as('customer BONAP').query(set, { input })
    expect(stranger.data).toMatchObject({ customerConsentSet: { userErrors: [{ code: 'CUSTOMER_UNKNOWN' }] } })
    expect(codesOf(await world.as('support').query(set, { input }))).toEqual(['FORBIDDEN'])
    expect(codesOf(await marketing().query(set, { input }))).toEqual(['FORBIDDEN'])
    expect(await world.client.marketingConsent.count({ where: { customer: { code: 'ANTON' } } })).toBe(0)
  })

  it('decides which contacts marketing sees, in lists and in exports', async () => {
    expect(await codesFor(marketing())).toEqual([])
    await consent('customer BLAUS', { marketing: true })
    expect(await codesFor(marketing())).toEqual(['BLAUS'])
    const { count } = await world.client.customer.updateMany({
      where: { code: 'BLAUS' },
      data: { phone: '0621-08460' },
    })
    expect(count).toBe(1)
    const rows = await exportRows(asExporter(), 'marketing', '{ customers { edges { node { code email phone } } } }')
    expect(rows).toEqual([{ code: 'BLAUS', email: 'blaus@example.com', phone: '0621-08460' }])
    const other = await marketing().query('query ($id: ID!) { customer(id: $id) { email } }', {
      id: demoCustomer('ANTON').sub,
    })
    expect(other).toMatchObject({ data: { customer: null } })
    await consent('customer BLAUS', { marketing: false })
    expect(await codesFor(marketing())).toEqual([])
  })

  it('shows no contact of others to staff who may also see all customers without their contacts', async () => {
    await consent('customer BLONP', { marketing: true })
    const both = asClaims(world, { sub: 'both', kind: 'staff', scope: 'customers:marketing customers:read' })
    const answered = await both.query('{ customers(first: 5) { edges { node { email } } } }')
    expect(new Set(codesOf(answered))).toEqual(new Set(['FORBIDDEN']))
  })

  it('decides what a webhook for marketing is sent', async () => {
    const receiver = await Receiver.open()
    onTestFinished(() => receiver.close())
    const document = 'subscription { customersChanged { event { topic } customer { email } } }'
    const { secret } = await newWebhook(world, { url: receiver.url, document }, ['customers:marketing'])
    receiver.secrets = [secret]
    await world
      .as('admin')
      .query('mutation ($input: CustomerUpdateInput!) { customerUpdate(input: $input) { userErrors { code } } }', {
        input: { customerId: demoCustomer('CACTU').sub, version: 1, phone: '030-12345' },
      })
    await consent('customer CACTU', { marketing: true })
    await receiver.until(1)
    await consent('customer CACTU', { marketing: false })
    const messages = await receiver.until(2)
    const told = { topic: 'CUSTOMER_CONSENT_CHANGED' }
    expect(messages.map(({ body }) => body.data)).toEqual([
      { customersChanged: { event: told, customer: { email: 'cactu@example.com' } } },
      { customersChanged: { event: told, customer: null } },
    ])
  })
})

/** Exports as marketing. */
function asExporter(): Pick<World, 'fetchAs'> {
  return {
    fetchAs: async (_viewer, path, init = {}) => {
      const { dataDir, auth } = world.config
      const token = await developmentToken(dataDir, auth, { sub: 'ads', kind: 'staff', roles: ['marketing'] })
      const headers = { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` }
      return fetch(`${world.url}${path}`, { ...init, headers })
    },
  }
}
