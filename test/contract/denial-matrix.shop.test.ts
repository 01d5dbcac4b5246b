import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GraphQLArgument, type GraphQLObjectType, getNamedType, isEnumType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { encodeId, parseAnyId, parseId, prefixOf } from '../../src/platform/graphql/ids.ts'
import { schema } from '../../src/schema.ts'
import { done, orderIn } from '../commerce/support/orders.ts'
import { type ShopWithServices, shopWithServices } from '../commerce/support/remote-services.ts'
import { exportEnded, startExport } from '../platform/bulk/support/export-job.ts'
import { positionNow } from '../platform/events/support/changes.ts'
import { openStream } from '../platform/events/support/stream.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { asBearer, asClaims } from '../platform/support/as-claims.ts'
import { type Answer, answer, type World } from '../support/world.ts'
import { type Declared, has, mayRead, neededBy, needsOf, seenIn, shownBy, showsAll } from './support/declared.shop.ts'
import { selectionOf } from './support/field-paths.ts'
import { inputOf, mutationCall } from './support/mutation-input.ts'
import { type Owner, ownersOf, partner } from './support/owners.shop.ts'
import { addErasure } from './support/person-requests.shop.ts'
import { usedHook } from './support/webhooks.shop.ts'

// Every path from Query, Mutation and Subscription, as every kind of viewer, with ids of foreign rows. payload-matrix.test.ts tests
// what mutations show to viewers who may do them.

/** The number of objects with ids on a path: two reach every field of every type, `test:slow` takes three. */
const steps = Number(process.env.DENIAL_STEPS ?? 2)

const ownerId = demoId('customer', 'ALFKI')
const viewers: Record<string, Declared> = {
  anonymous: { kind: 'anonymous', scopes: [] },
  'customer BONAP': { kind: 'customer', scopes: [], subject: demoId('customer', 'BONAP') },
  support: { kind: 'staff', scopes: ['customers:read', 'orders:read', 'stock:read'] },
  warehouse: { kind: 'staff', scopes: ['orders:read', 'orders:write', 'stock:read', 'suppliers:read'] },
  auditor: { kind: 'staff', scopes: ['audit:read'] },
  analyst: { kind: 'staff', scopes: ['reports:read', 'orders:read', 'customers:read', 'stock:read'] },
  'staff without a role': { kind: 'staff', scopes: [] },
  'API key': { kind: 'apiKey', scopes: ['customers:read', 'suppliers:read'] },
  'API key that manages webhooks': { kind: 'apiKey', scopes: ['webhooks:manage'] },
}
const roleOf: Record<string, string[]> = {
  warehouse: ['warehouse'],
  auditor: ['auditor'],
  analyst: ['analyst'],
  'staff without a role': [],
}

/** Who may do these may do them with any row of the catalogue: no id of it is foreign. */
const onPublicRows = ['reviewAdd']

const catalogue = ['Category', 'Supplier', 'Product', 'Carrier']

const query = schema.getQueryType()
const mutation = schema.getMutationType()
const subscription = schema.getSubscriptionType()
const node = schema.getType('Node')
const nodeTypes = node && 'resolveType' in node ? schema.getPossibleTypes(node) : []

let shop: ShopWithServices
let world: World
let owners: Map<string, Owner>
/** The position before everything that this test makes. */
let start: string
/** An order of the owner, with events. */
let toldOrder: string
/** The order that is placed last. */
let lastOrder: string
/** The product of the last event. */
let toldProduct: string
let theirs: Ids
/** Authorization headers of viewers that are no viewers of the demo. */
const tokens = new Map<string, string>()
/** Of the API keys that are viewers. */
const secrets = new Map<string, string>()
beforeAll(async () => {
  const unlimited = {
    MAX_COST: '1000000000',
    MAX_DEPTH: '100',
    MAX_TOKENS: '1000000',
    MAX_BODY_BYTES: '10000000',
    MAX_ALIASES: '100',
  }
  shop = await shopWithServices(unlimited)
  world = shop.world
  start = await positionNow(world)
  // One object of each kind of the owner's: a return, a refund with its credit note, and all before them.
  const { id, products } = await orderIn(world, 'RETURNED')
  toldOrder = id
  const refund = { orderId: id, amount: '1.00', currency: 'USD', idempotencyKey: randomUUID() }
  await done(world, 'admin', 'paymentRefund', refund)
  // Of another key, and of each that is a viewer.
  await usedHook(world, (await newKey(world)).id)
  for (const [viewer, declared] of Object.entries(viewers).filter(([, { kind }]) => kind === 'apiKey')) {
    const { id, secret } = await newKey(world, { name: `${partner}: ${viewer}`, scopes: declared.scopes })
    await usedHook(world, id)
    secrets.set(viewer, secret)
    // A key sees itself.
    Object.assign(declared, { subject: parseId('ApiKey', id) })
  }
  const own = world.as('customer ALFKI')
  await exportEnded(own, await startExport(own, '{ products { edges { node { id } } } }'))
  const consent = 'mutation { customerConsentSet(input: { marketing: true }) { userErrors { code } } }'
  expect((await own.query(consent)).errors).toBeUndefined()
  await addErasure(world, ownerId)
  const shipTo = { recipient: 'A', street: 'B', city: 'C', country: 'DE' }
  const placing = { lines: [{ productId: products[0], quantity: 1 }], shipTo, idempotencyKey: randomUUID() }
  lastOrder = (await done(world, 'customer BONAP', 'orderPlace', placing)).order.id
  toldProduct = products[0] ?? fail()
  const product = parseId('Product', toldProduct) ?? fail()
  await world.client.product.update({ where: { id: product }, data: { packaging: 'a crate' } })
  const imported = {
    principal: 'staff somebody',
    key: 'a key',
    mutation: 'productCreate',
    mode: 'SKIP',
    isDryRun: false,
  } as const
  await world.client.bulkImport.create({ data: imported })
  // Once every event has its position.
  await positionNow(world)
  owners = await ownersOf(world)
  theirs = idsOf(ownerId)
  for (const [viewer, roles] of Object.entries(roleOf)) {
    const claims = { sub: `staff-${viewer.replaceAll(' ', '-')}`, kind: 'staff', roles }
    tokens.set(viewer, `Bearer ${await developmentToken(world.config.dataDir, world.config.auth, claims)}`)
  }
})
afterAll(() => shop.close())

const tried = { paths: new Set<string>(), values: 0, attempts: 0, denied: 0, absent: 0, leaks: 0 }
afterAll(() => {
  const { paths, attempts, values, denied, absent, leaks } = tried
  console.log(
    `denial matrix: ${paths.size} field paths × ${Object.keys(viewers).length} viewers = ${attempts} tried; ` +
      `${values} values seen, ${denied} denied, ${absent} absent, ${leaks} leaks`,
  )
})

// Made once: the texts are long, and the same for every viewer.
const selections = rootSelections()
const streams = streamSelections()
const mutations = Object.values(mutation?.getFields() ?? {}).map((field) => ({
  field,
  ...mutationCall(field, steps - 1),
}))

describe.each(Object.keys(viewers))('%s', (viewer) => {
  const declared = viewers[viewer] ?? { kind: '', scopes: [] }

  it.each(selections)('sees through $root only what is declared', async ({ root, type, textOf, paths }) => {
    const answered = await ask(viewer, textOf(theirs))
    for (const path of paths) tried.paths.add(path)
    tried.attempts += paths.length
    expect(leaksIn(answered, type, declared)).toEqual([])
    countOutcomes(answered)
    expect(root).not.toBe('')
  })

  it('gets the same response for a foreign object as for one that never existed, from every look-up', async () => {
    const asked = lookUps().filter(({ typeName }) => !mayRead(declared, typeName))
    const [ofTheirs, ofNobodys] = [await answersTo(viewer, asked, theirs), await answersTo(viewer, asked, unknownIds())]
    expect(ofTheirs).toEqual(ofNobodys)
  })
})

describe.each(Object.keys(viewers))('a stream of %s', (viewer) => {
  const declared = viewers[viewer] ?? { kind: '', scopes: [] }

  it.each(streams)('tells through $name only what is declared', async ({ name, needs, textOf, paths }) => {
    const isFor = needs.length === 0 || needs.some((need) => has(declared, need))
    const denial = declared.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
    for (const path of paths) tried.paths.add(path)
    tried.attempts += paths.length
    const open = (query: string) => openStream(world, { as: credentialOf(viewer), query })
    const stream = await open(textOf())
    const told = async () => answer.parse(await stream.nextData())
    if (!isFor) {
      expect(withoutIds(await told()).codes).toEqual([denial])
      tried.denied++
    } else if (/^(orderChanged|customersChanged)$/.test(name) && declared.kind === 'customer') {
      const other = await open(`subscription { changes(after: "${start}") { payload } }`)
      const others = (async () => {
        while (!isLast('changes', answer.parse(await other.nextData()))) {}
      })()
      expect(await Promise.race([told(), others])).toBeUndefined()
      other.close()
    } else {
      let answered: Answer
      do {
        answered = await told()
        expect(leaksIn(answered, subscription ?? fail(), declared)).toEqual([])
        countOutcomes(answered)
      } while (!isLast(name, answered))
    }
    stream.close()
  })
})

describe.each(Object.keys(viewers))('a mutation called by %s with foreign ids', (viewer) => {
  const declared = viewers[viewer] ?? { kind: '', scopes: [] }

  it('is denied or finds nothing, changes nothing, and does not reveal what exists', async () => {
    const before = await fingerprint()
    for (const { field, text, paths } of mutations) {
      const needs = mutation ? needsOf({ type: mutation, field }) : []
      if (needs.some((need) => showsAll(need, declared))) continue
      if (onPublicRows.includes(field.name) && needs.some((need) => has(declared, need))) continue
      const call = (ids: Ids) => ask(viewer, text, { input: inputOf(field, ids) })
      const [ofTheirs, ofNobodys] = [await call(theirs), await call(unknownIds())]
      for (const path of paths) tried.paths.add(path)
      tried.attempts += paths.length
      expect(leaksIn(ofTheirs, mutation ?? fail(), declared)).toEqual([])
      const outcome = withoutIds(ofTheirs)
      expect(outcome).toEqual(withoutIds(ofNobodys))
      const isFor = needs.some((need) => has(declared, need))
      const denial = declared.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
      // A rule denies viewers without any right to the mutation. Others find none of these rows.
      expect([field.name, outcome.codes]).toEqual([field.name, isFor && outcome.refused ? [] : [denial]])
      tried.denied++
    }
    expect(await fingerprint()).toEqual(before)
  })
})

describe('the matrix', () => {
  it('knows the owner of every object, and tries all of them', () => {
    const declaredTypes = [...catalogue, ...Object.keys(shownBy)].sort()
    expect(nodeTypes.map(({ name }) => name).sort()).toEqual(declaredTypes)
    expect(declaredTypes.filter((name) => !theirs.of(name))).toEqual([])
  })

  it('declares what docs/permissions.md says', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8')
    expect(rulesIn(page)).toEqual(new Map([...neededBy].sort()))
  })

  it('finds a leak that is made on purpose', async () => {
    const root = query ?? fail()
    const asked = `{ order(id: "${theirs.of('Order')}") { id customer { id email } } }`
    const { data } = await ask('admin', asked)
    const found = (declared?: Declared) => seenIn(data, root, declared ?? fail(), owners).leaks
    expect(found(viewers['customer BONAP'])).toEqual([
      'order is another’s Order',
      'order.customer is another’s Customer',
    ])
    expect(found(viewers.support)).toEqual([
      'order.customer.email needs customer or customers:marketing or customers:pii',
    ])
  })
})

/** Each subscription with everything below it, from before all that this test makes. */
function streamSelections() {
  const root = subscription ?? fail()
  return Object.values(root.getFields()).map((field) => {
    const type = getNamedType(field.type)
    if (!isObjectType(type)) return fail()
    const { text, paths } = selectionOf(type, steps - 1, `Subscription.${field.name}`)
    const argument: Record<string, () => string> = {
      orderChanged: () => `id: "${toldOrder}",`,
      productChanged: () => `ids: ["${toldProduct}"],`,
    }
    const textOf = () => `subscription { ${field.name}(${argument[field.name]?.() ?? ''} after: "${start}") ${text} }`
    return { name: field.name, needs: needsOf({ type: root, field }), textOf, paths }
  })
}

/** Whether a message tells of the last event in the stream of this field. */
function isLast(name: string, { data }: Answer): boolean {
  const text = JSON.stringify(data)
  if (name === 'orderChanged') return text.includes('CREDIT_NOTE_ISSUED')
  if (name === 'customersChanged') return text.includes('CUSTOMER_CONSENT_CHANGED')
  return text.includes(name === 'ordersChanged' ? lastOrder : '"packaging"')
}

interface Ids {
  /** The id of an object of this type. */
  of(typeName: string): string | undefined
  number: number
}

const numbers = { theirs: 10_643, nobodys: 1 }

/** For each type an object of this owner, or one of everyone or nobody. */
function idsOf(customerId: string): Ids {
  const found = new Map<string, string>()
  for (const [id, owned] of owners) {
    const prefix = parseAnyId(id)?.prefix ?? ''
    if ([customerId, 'everyone', 'nobody'].includes(owned)) found.set(prefix, id)
  }
  return { of: (typeName) => found.get(prefixOf(typeName)), number: numbers.theirs }
}

function unknownIds(): Ids {
  return { of: (typeName) => encodeId(typeName, '01890000-0000-7000-8000-000000000000'), number: numbers.nobodys }
}

interface RootSelection {
  root: string
  type: GraphQLObjectType
  textOf: (ids: Ids) => string
  /** Every field path in the text. */
  paths: string[]
}

/** Each root field with everything below it; `node` and `nodes` once for each type. */
function rootSelections(): RootSelection[] {
  const fields = Object.values(query?.getFields() ?? {})
  return fields.flatMap((field): RootSelection[] => {
    const type = getNamedType(field.type)
    const named = (root: string, args: (ids: Ids) => string, below: GraphQLObjectType, on = '') => {
      const { text, paths } = selectionOf(below, steps - 1, `Query.${root}`)
      const textOf = (ids: Ids) => `{ ${field.name}${args(ids)} ${on ? `{ __typename ... on ${on} ${text} }` : text} }`
      return { root, type: query ?? fail(), textOf, paths }
    }
    if (field.name === 'node') {
      return nodeTypes.map((t) => named(`node(${t.name})`, (ids) => `(id: "${ids.of(t.name)}")`, t, t.name))
    }
    if (field.name === 'nodes') {
      return nodeTypes.map((t) => named(`nodes(${t.name})`, (ids) => `(ids: ["${ids.of(t.name)}"])`, t, t.name))
    }
    if (!isObjectType(type)) return []
    const lookUp = field.args.find(({ name }) => name === 'id')
    if (lookUp) return [named(field.name, (ids) => `(id: "${ids.of(type.name)}")`, type)]
    // All events of this test are on one page.
    const size = field.name === 'changes' ? 1000 : 3
    const page = field.args.some(({ name }) => name === 'first') ? `(first: ${size})` : ''
    const words = field.args.filter(({ name }) => name === 'by' || name === 'measures').map(allValues)
    const args = words.length > 0 ? `(${words.join(', ')}, first: ${size})` : page
    return [named(field.name, () => args, type)]
  })
}

/** The argument with all values of its enum. */
function allValues({ name, type }: GraphQLArgument): string {
  const named = getNamedType(type)
  const values = isEnumType(named) ? named.getValues() : fail()
  return `${name}: [${values.map((value) => value.name).join(', ')}]`
}

/** Look-ups of one object by its unique fields, and lists by owner. */
function lookUps() {
  const of = (type: string) => (ids: Ids) => `"${ids.of(type)}"`
  const guarded = Object.keys(shownBy)
  return [
    ...guarded.map((name) => ({
      field: 'node',
      by: `the id of a ${name}`,
      typeName: name,
      textOf: (ids: Ids) => `node(id: ${of(name)(ids)}) { __typename id }`,
    })),
    ...guarded.map((name) => ({
      field: 'nodes',
      by: `the id of a ${name}`,
      typeName: name,
      textOf: (ids: Ids) => `nodes(ids: [${of(name)(ids)}]) { __typename id }`,
    })),
    {
      field: 'order',
      by: 'id',
      typeName: 'Order',
      textOf: (ids: Ids) => `order(id: ${of('Order')(ids)}) { id number }`,
    },
    {
      field: 'order',
      by: 'number',
      typeName: 'Order',
      textOf: ({ number }: Ids) => `order(number: ${number}) { id number }`,
    },
    {
      field: 'customer',
      by: 'id',
      typeName: 'Customer',
      textOf: (ids: Ids) => `customer(id: ${of('Customer')(ids)}) { id code }`,
    },
    {
      field: 'orders',
      by: 'the customer',
      typeName: 'Order',
      textOf: (ids: Ids) =>
        `orders(filter: { customerId: ${of('Customer')(ids)} }) { totalCount edges { node { id } } }`,
    },
    {
      field: 'bulkExport',
      by: 'id',
      typeName: 'BulkExport',
      textOf: (ids: Ids) => `bulkExport(id: ${of('BulkExport')(ids)}) { id url }`,
    },
    {
      field: 'webhookDeliveries',
      by: 'the webhook',
      typeName: 'WebhookDelivery',
      textOf: (ids: Ids) =>
        `webhookDeliveries(filter: { webhookId: ${of('Webhook')(ids)} }) { totalCount edges { node { id } } }`,
    },
  ]
}

/** The response of each look-up for a viewer, all in one document. */
async function answersTo(viewer: string, asked: ReturnType<typeof lookUps>, ids: Ids) {
  const { data, errors = [] } = await ask(
    viewer,
    `{ ${asked.map(({ textOf }, at) => `a${at}: ${textOf(ids)}`).join(' ')} }`,
  )
  const found = z.record(z.string(), z.unknown()).parse(data)
  expect(Object.keys(found)).toHaveLength(asked.length)
  return asked.map(({ field, by }, at) => {
    const name = `a${at}`
    const own = { data: { found: found[name] }, errors: errors.filter(({ path = [] }) => path[0] === name) }
    return { field, by, ...withoutIds(own) }
  })
}

/** The viewer as `openStream` takes it. */
function credentialOf(viewer: string): string {
  const secret = secrets.get(viewer)
  return secret === undefined ? (tokens.get(viewer) ?? viewer) : `Bearer ${secret}`
}

async function ask(viewer: string, text: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const roles = roleOf[viewer]
  if (roles)
    return asClaims(world, { sub: `staff-${viewer.replaceAll(' ', '-')}`, kind: 'staff', roles }).query(text, variables)
  const secret = secrets.get(viewer)
  if (secret !== undefined) return asBearer(world, () => secret).query(text, variables)
  return world.as(viewer).query(text, variables)
}

/** Leaks, counted. */
function leaksIn({ data }: Answer, type: GraphQLObjectType, declared: Declared): string[] {
  const { values, leaks } = seenIn(data, type, declared, owners)
  tried.values += values
  tried.leaks += leaks.length
  return leaks
}

/** The guarded fields of a page of tables, with a line for each field and a column for each sufficient need. */
function rulesIn(page: string): Map<string, string[]> {
  const rules = new Map<string, string[]>()
  let columns: string[] = []
  for (const line of page.split('\n')) {
    const [first = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
    if (first === 'field') columns = cells
    if (!/^\w+\.\w+$/.test(first)) continue
    const enough = columns.filter((_column, at) => cells[at] === '●')
    if (!enough.includes('anyone')) rules.set(first, enough)
  }
  return new Map([...rules].sort())
}

const payload = z.record(z.string(), z.object({ userErrors: z.array(z.unknown()) }).nullable()).nullish()

/** A response without the ids that the request had. */
function withoutIds({ data, errors }: Answer) {
  const text = JSON.stringify({
    data,
    errors: errors?.map(({ message, path, extensions }) => [message, path, extensions.code]),
  })
  const payloads = payload.safeParse(data)
  const refused =
    payloads.success && Object.values(payloads.data ?? {}).every((done) => (done?.userErrors.length ?? 0) > 0)
  return {
    told: text.replaceAll(/[a-z_]+_[0-9a-hjkmnp-tv-z]{26}/g, 'ID'),
    codes: (errors ?? []).map(({ extensions }) => extensions.code),
    refused,
  }
}

function countOutcomes({ errors = [], data }: Answer): void {
  for (const { extensions } of errors) {
    expect(['FORBIDDEN', 'UNAUTHENTICATED']).toContain(extensions.code)
    tried.denied++
  }
  if (JSON.stringify(data ?? null).includes('null')) tried.absent++
}

/** All rows of the shop and its events, as one number for each table. */
async function fingerprint(): Promise<unknown> {
  const tables = await world.client.$queryRaw<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = 'commerce' or tablename = 'pf_outbox' order by 1`
  const sums = tables.map(({ name }) => {
    return `select '${name}' as name, count(*)::int as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as sum from ${name} t`
  })
  return world.client.$queryRawUnsafe(sums.join(' union all '))
}

function fail(): never {
  throw new Error('the schema lacks what this test needs')
}
