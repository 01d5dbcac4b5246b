import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hashOf, newSecret } from '../../../src/platform/api-keys/secret.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { inDays } from '../support/api-key.ts'
import { production } from '../support/production.ts'
import { keyCaller } from '../webhooks/support/webhook.ts'
import { ask, asked, done, refusalsOf, type Verb } from './support/person.ts'

let world: World
let customerId: string
beforeAll(async () => {
  world = await createWorld({ data: 'demo' })
  const { id } = await world.client.customer.findUniqueOrThrow({ where: { code: 'ALFKI' } })
  customerId = encodeId('Customer', id)
})
afterAll(() => world?.close())

const inputs: Record<Verb, object> = {
  personExport: {},
  personErase: { reason: 'UNLAWFUL' },
  personEraseCancel: { personRequestId: 'person_request_00000000000000000000000000' },
  personRestrict: {},
  personRelease: {},
}
const ofCustomer: Verb[] = ['personExport', 'personErase']
const ofManagers: Verb[] = ['personRestrict', 'personRelease']

function inputOf(verb: Verb) {
  return verb === 'personEraseCancel' ? inputs[verb] : { customerId, ...inputs[verb] }
}

/** What a denied or refused call must not change. */
async function footprint() {
  const [requests, held, jobs] = [
    await world.client.personRequest.findMany(),
    await world.client.heldValue.count(),
    await world.rowsOf(
      `select count(*)::int as n from jobs.job where name = 'person-requests'`,
      z.object({ n: z.number() }),
    ),
  ]
  return { requests, held, jobs }
}

describe('requests about a person', () => {
  const verbs = Object.keys(inputs) as Verb[]

  it.each(
    verbs.flatMap(
      (verb) =>
        [
          [verb, 'anonymous', 'UNAUTHENTICATED'],
          [verb, 'support', 'FORBIDDEN'],
          [verb, 'auditor', 'FORBIDDEN'],
          [verb, 'nobody', 'FORBIDDEN'],
        ] as const,
    ),
  )('%s is denied to %s, and nothing changes', async (verb, viewer, code) => {
    const before = await footprint()
    expect(codesOf(await ask(world.as(viewer), verb, inputOf(verb)))).toEqual([code])
    expect(await footprint()).toEqual(before)
  })

  it.each(ofManagers)('%s is denied to the person and to other customers', async (verb) => {
    const before = await footprint()
    for (const viewer of ['customer ALFKI', 'customer BONAP'])
      expect(codesOf(await ask(world.as(viewer), verb, inputOf(verb)))).toEqual(['FORBIDDEN'])
    expect(await footprint()).toEqual(before)
  })

  it.each(ofCustomer)('%s about another customer says that there is none', async (verb) => {
    const before = await footprint()
    const stranger = world.as('customer BONAP')
    expect(await refusalsOf(stranger, verb, inputOf(verb))).toEqual(['PERSON_UNKNOWN'])
    const nobody = encodeId('Customer', '00000000-0000-7000-8000-000000000000')
    expect(await refusalsOf(stranger, verb, { ...inputOf(verb), customerId: nobody })).toEqual(['PERSON_UNKNOWN'])
    expect(await refusalsOf(world.as('admin'), verb, { ...inputOf(verb), customerId: nobody })).toEqual([
      'PERSON_UNKNOWN',
    ])
    expect(await refusalsOf(world.as('admin'), verb, { ...inputOf(verb), customerId: 'order_1' })).toEqual([
      'PERSON_UNKNOWN',
    ])
    expect(await refusalsOf(world.as('admin'), verb, inputs[verb])).toEqual(['PERSON_REQUIRED'])
    expect(await footprint()).toEqual(before)
  })

  it('lets no customer decide how long a law keeps their values', async () => {
    const before = await footprint()
    const input = { reason: 'OBJECTION', keepUntil: '2099-01-01' }
    expect(codesOf(await ask(world.as('customer ALFKI'), 'personErase', input))).toEqual(['FORBIDDEN'])
    expect(await footprint()).toEqual(before)
  })

  it('are seen by the person and by those who handle them, by nobody else', async () => {
    const owner = world.as('customer ALFKI')
    const { id } = await asked(owner, 'personExport', {})
    await done(owner, id)
    const query = `query ($id: ID!) { personRequest(id: $id) { id url } personRequests { edges { node { id } } } node(id: $id) { id } }`
    const shape = z.object({
      personRequest: z.object({ id: z.string() }).nullable(),
      personRequests: z.object({ edges: z.array(z.unknown()) }),
      node: z.object({ id: z.string() }).nullable(),
    })
    for (const [viewer, count] of [
      ['customer ALFKI', 1],
      ['admin', 1],
      ['customer BONAP', 0],
    ] as const) {
      const seen = dataOf(await world.as(viewer).query(query, { id }), shape)
      expect([viewer, seen.personRequests.edges.length]).toEqual([viewer, count])
      expect([seen.personRequest?.id, seen.node?.id]).toEqual(count === 0 ? [undefined, undefined] : [id, id])
    }
    for (const viewer of ['support', 'nobody'])
      expect(codesOf(await world.as(viewer).query(`{ personRequests { totalCount } }`))).toEqual(['FORBIDDEN'])
    const who = await owner.query(`query ($id: ID!) { personRequest(id: $id) { requesterKind } }`, { id })
    expect(codesOf(who)).toEqual(['FORBIDDEN'])
  })
})

describe('a server without ENCRYPTION_SECRET', () => {
  it('exports in production, and neither erases nor restricts, since it could not hold what a law keeps', async () => {
    await using bare = await createWorld({ env: production })
    const secret = newSecret()
    await bare.client.apiKey.create({
      data: {
        name: 'Desk',
        secretHash: hashOf(secret),
        hint: '',
        scopes: ['privacy:manage'],
        creatorKind: 'staff',
        expiresAt: inDays(1),
      },
    })
    const caller = keyCaller(bare, secret).as('key')
    expect(await refusalsOf(caller, 'personErase', { customerId, reason: 'UNLAWFUL' })).toEqual([
      'ERASURE_NOT_AVAILABLE',
    ])
    expect(await refusalsOf(caller, 'personRestrict', { customerId })).toEqual(['ERASURE_NOT_AVAILABLE'])
    expect((await asked(caller, 'personExport', { customerId })).state).toBe('SCHEDULED')
  })
})
