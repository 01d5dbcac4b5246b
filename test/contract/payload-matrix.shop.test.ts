import { randomUUID } from 'node:crypto'
import { getNamedType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { parseId } from '../../src/platform/graphql/ids.ts'
import { domain, schema } from '../../src/schema.ts'
import { type ShopWithServices, shopWithServices } from '../commerce/support/remote-services.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { asBearer } from '../platform/support/as-claims.ts'
import { claimsOf } from '../platform/support/token.shop.ts'
import { developmentKey, sign } from '../platform/support/token.ts'
import type { Answer, World } from '../support/world.ts'
import { type Declared, mayRead, mayReadOwn, neededBy, seenIn } from './support/declared.shop.ts'
import { emittedEvents } from './support/emitted-events.ts'
import { mutationCall } from './support/mutation-input.ts'
import { mutationInputs } from './support/mutation-inputs.shop.ts'
import { ownersOf, partner } from './support/owners.shop.ts'

// Every mutation, done by each viewer who may do it: a customer on their own objects, an API key on its own webhooks, and
// staff with as few or as many other scopes as given. A viewer who may change an object sees of it what their scopes allow,
// and no more.

/** The number of objects with ids below a payload. */
const steps = 2

const staff: Declared[] = [
  { kind: 'staff', scopes: [], maker: 'doer' },
  { kind: 'staff', scopes: ['orders:read', 'customers:read'], maker: 'doer' },
]
const owner: Declared = { kind: 'customer', scopes: [], subject: demoId('customer', 'ALFKI') }
const program: Declared = { kind: 'apiKey', scopes: ['webhooks:manage'] }
/** Payloads show these objects to nobody: they are gone. */
const gone = ['webhookDelete.webhook']

const doers = Object.keys(mutationInputs).flatMap((mutation) => {
  const needs = neededBy.get(`Mutation.${mutation}`) ?? []
  return needs
    .flatMap(viewersWith)
    .map((viewer) => ({ mutation, viewer, who: [viewer.kind, ...viewer.scopes].join(' ') }))
})

/** Staff with one of the sufficient scopes, the customer where customers may, and the API key with its scope. */
function viewersWith(need: string): Declared[] {
  if (need === owner.kind) return [owner]
  if (need === program.kind) return [program]
  if (need === 'staff') return staff
  const withNeed = staff.map((one) => ({ ...one, scopes: [need, ...one.scopes] }))
  return program.scopes.includes(need) ? [...withNeed, program] : withNeed
}
const mutations = schema.getMutationType()?.getFields() ?? {}

let shop: ShopWithServices
let world: World
let programKey: { id: string; secret: string }
beforeAll(async () => {
  const unlimited = { MAX_COST: '1000000000', MAX_DEPTH: '100', MAX_TOKENS: '1000000', MAX_BODY_BYTES: '10000000' }
  shop = await shopWithServices(unlimited)
  world = shop.world
  programKey = await newKey(world, { name: partner, scopes: program.scopes })
  Object.assign(program, { subject: parseId('ApiKey', programKey.id) })
})
afterAll(() => shop.close())

/** The responses, which are checked together at the end, so that owners are read once. */
const answers: { mutation: string; viewer: Declared; answered: Answer }[] = []
const tried = { paths: 0, values: 0, denied: 0, leaks: 0 }
afterAll(() => {
  const { paths, values, denied, leaks } = tried
  console.log(`payload matrix: ${paths} field paths tried; ${values} values seen, ${denied} denied, ${leaks} leaks`)
})

async function perform(mutation: string, viewer: Declared): Promise<Answer> {
  const field = mutations[mutation]
  const inputFor = mutationInputs[mutation]
  if (!field || !inputFor) throw new Error(`no ${mutation}`)
  const callingKey = viewer === program ? programKey.id : undefined
  const input = {
    idempotencyKey: randomUUID(),
    ...(await inputFor(world, viewer.scopes, callingKey, callerOf(viewer))),
  }
  const { text, paths } = mutationCall(field, steps)
  tried.paths += paths.length
  return asBearer(world, () => credentialOf(viewer)).query(text, { input })
}

function callerOf({ kind }: Declared): { kind: string; id: string } {
  const id = kind === 'apiKey' ? programKey.id : kind === 'customer' ? demoCustomer('ALFKI').sub : 'doer'
  return { kind, id }
}

async function credentialOf(viewer: Declared): Promise<string> {
  if (viewer === program) return programKey.secret
  const { kind, scopes } = viewer
  const claims =
    kind === 'customer' ? { sub: demoCustomer('ALFKI').sub, kind } : { sub: 'doer', kind, scope: scopes.join(' ') }
  return sign(claimsOf(world.config, claims), await developmentKey(world.config))
}

const payload = z.looseObject({ replayed: z.literal(false), userErrors: z.tuple([]) })

describe('a successful mutation', () => {
  it.each(doers)('$mutation by $who shows what it changed to viewers who may see it', async ({ mutation, viewer }) => {
    const answered = await perform(mutation, viewer)
    answers.push({ mutation, viewer, answered })

    const {
      replayed: _replayed,
      userErrors: _errors,
      secret: _secret,
      ...changed
    } = payload.parse(z.record(z.string(), z.unknown()).parse(answered.data)[mutation])
    const type = getNamedType(mutations[mutation]?.type)
    for (const [name, value] of Object.entries(changed)) {
      const model = type && 'getFields' in type ? getNamedType(type.getFields()[name]?.type)?.name : undefined
      const isOwn = model === 'BulkExport' || (viewer.subject !== undefined && mayReadOwn(viewer, model ?? ''))
      const isShown = !gone.includes(`${mutation}.${name}`) && (isOwn || mayRead(viewer, model ?? ''))
      expect([name, value !== null]).toEqual([name, isShown])
    }
    for (const { extensions } of answered.errors ?? []) expect(extensions.code).toBe('FORBIDDEN')
    tried.denied += answered.errors?.length ?? 0
  })

  it('shows nobody anything that is not declared visible', async () => {
    const type = schema.getMutationType()
    if (!type) throw new Error('no mutations')
    const owners = await ownersOf(world)
    for (const { mutation, viewer, answered } of answers) {
      const { values, leaks } = seenIn(answered.data, type, viewer, owners)
      tried.values += values
      tried.leaks += leaks.length
      expect([mutation, leaks]).toEqual([mutation, []])
    }
    expect(tried.values).toBeGreaterThan(1000)
  })

  it('emits events that have the form of their topic, and all of them emit every topic', async () => {
    const captured = domain.captures.map(({ topic }) => topic.name)
    const told = domain.topics
      .map(({ name }) => name)
      // Jobs tell what happens to people: see test/platform/persons.
      .filter((name) => !captured.includes(name) && !name.startsWith('person.'))
    const missing = async () => {
      const { topics } = await emittedEvents(world.databaseUrl)
      return told.filter((name) => !topics.has(name))
    }
    // The webhook of a revoked key is disabled by the server, a moment later.
    await expect.poll(missing, { timeout: 10_000 }).toEqual([])
    expect((await emittedEvents(world.databaseUrl)).misfits).toEqual([])
  })

  it('is tested for every mutation', () => {
    expect(Object.keys(mutationInputs).sort()).toEqual(Object.keys(mutations).sort())
    expect(new Set(doers.map(({ mutation }) => mutation)).size).toBe(Object.keys(mutations).length)
  })
})
