import { randomUUID } from 'node:crypto'
import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { encodeId, parseAnyId, prefixOf } from '../../src/platform/ids.ts'
import { schema } from '../../src/schema.ts'
import { asClaims } from '../commerce/support/claims.ts'
import { done, orderIn } from '../commerce/support/orders.ts'
import { type Answer, createWorld, type World } from '../support/world.ts'
import { needsOf, selectionOf, type Visit, visitsOf } from './support/field-paths.ts'
import { type Owner, ownersOf } from './support/owners.ts'
import { inputOf } from './support/verb-input.ts'

// Every path from Query and Mutation, as every kind of viewer, with ids of rows that are not theirs. What a viewer may
// see is declared here once more, in other words than the code's: who holds which scope, and which scope shows what.

/** How many objects with ids follow each other on a path. */
const steps = 3

interface Declared {
  kind: string
  scopes: readonly string[]
  subject?: string
}

const ownerId = demoId('customer', 'ALFKI')
const viewers: Record<string, Declared> = {
  anonymous: { kind: 'anonymous', scopes: [] },
  'customer BONAP': { kind: 'customer', scopes: [], subject: demoId('customer', 'BONAP') },
  support: { kind: 'staff', scopes: ['customers:read', 'orders:read', 'stock:read'] },
  warehouse: { kind: 'staff', scopes: ['orders:read', 'orders:write', 'stock:read', 'suppliers:read'] },
  auditor: { kind: 'staff', scopes: ['audit:read'] },
  'staff without a role': { kind: 'staff', scopes: [] },
}
const roleOf: Record<string, string[]> = {
  warehouse: ['warehouse'],
  auditor: ['auditor'],
  'staff without a role': [],
}

/** The scope that shows all rows of a type; what is not here is everyone's. */
const shownBy: Record<string, string> = {
  Customer: 'customers:read',
  Address: 'customers:read',
  Order: 'orders:read',
  OrderLine: 'orders:read',
  Shipment: 'orders:read',
  Payment: 'orders:read',
  Refund: 'orders:read',
  CreditNote: 'orders:read',
  Invoice: 'orders:read',
  Return: 'orders:read',
  StockMovement: 'stock:read',
}
const catalogue = ['Category', 'Supplier', 'Product', 'Carrier']

const query = schema.getQueryType()
const mutation = schema.getMutationType()
const node = schema.getType('Node')
const nodeTypes = node && 'resolveType' in node ? schema.getPossibleTypes(node) : []

let world: World
let owners: Map<string, Owner>
beforeAll(async () => {
  const unlimited = { MAX_COST: '1000000000', MAX_DEPTH: '100', MAX_TOKENS: '1000000', MAX_BODY_BYTES: '10000000' }
  world = await createWorld({ env: unlimited })
  // Something of the owner's of every kind: a return, a refund with its credit note, all that came before.
  const { id } = await orderIn(world, 'RETURNED')
  const refund = { orderId: id, amount: '1.00', currency: 'USD', idempotencyKey: randomUUID() }
  await done(world, 'admin', 'paymentRefund', refund)
  owners = await ownersOf(world)
})
afterAll(() => world.close())

const tried = { paths: new Set<string>(), visits: 0, attempts: 0, denied: 0, absent: 0 }
afterAll(() => {
  const { paths, attempts, visits, denied, absent } = tried
  console.log(
    `denial matrix: ${paths.size} field paths × ${Object.keys(viewers).length} viewers = ${attempts} tried; ` +
      `${visits} values seen, ${denied} denied, ${absent} absent, 0 leaks`,
  )
})

describe.each(Object.keys(viewers))('%s', (viewer) => {
  const declared = viewers[viewer] ?? { kind: '', scopes: [] }

  it.each(rootSelections())('sees through $root only what is declared', async ({ root, type, build }) => {
    const { text, paths } = build(idsOf(ownerId))
    const answered = await ask(viewer, text)
    for (const path of paths) tried.paths.add(path)
    tried.attempts += paths.length
    expect(leaksIn(answered, type, declared)).toEqual([])
    countOutcomes(answered)
    expect(root).not.toBe('')
  })

  it.each(lookUps())('cannot tell $field by $by of another from one that never was', async ({ build, typeName }) => {
    if (mayRead(declared, typeName)) return
    const [theirs, nobodys] = [build(idsOf(ownerId)), build(unknownIds())]
    expect(withoutIds(await ask(viewer, theirs))).toEqual(withoutIds(await ask(viewer, nobodys)))
  })
})

describe.each(Object.keys(viewers))('a verb called by %s with ids of another’s', (viewer) => {
  const declared = viewers[viewer] ?? { kind: '', scopes: [] }
  const verbs = Object.values(mutation?.getFields() ?? {})

  it('is denied or finds nothing, changes nothing, and does not tell what exists', async () => {
    const before = await fingerprint()
    for (const field of verbs) {
      const needs = mutation ? needsOf({ type: mutation, field }) : []
      if (needs.some((need) => 'scope' in need && declared.scopes.includes(need.scope))) continue
      const call = (ids: Ids) => ask(viewer, verbCall(field.name), { input: inputOf(field, ids) })
      const [theirs, nobodys] = [await call(idsOf(ownerId)), await call(unknownIds())]
      tried.paths.add(`Mutation.${field.name}`)
      tried.attempts++
      const outcome = withoutIds(theirs)
      expect(outcome).toEqual(withoutIds(nobodys))
      const isFor = needs.some((need) => 'kind' in need && need.kind === declared.kind)
      const denial = declared.kind === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
      // A rule turns away who has no business with the verb; whoever has, on rows of their own, finds nothing here.
      expect([field.name, outcome.codes]).toEqual([field.name, isFor && outcome.refused ? [] : [denial]])
      tried.denied++
    }
    expect(await fingerprint()).toEqual(before)
  })
})

describe('the matrix', () => {
  it('knows whose everything is, and tries all of it', () => {
    const declaredTypes = [...catalogue, ...Object.keys(shownBy)].sort()
    expect(nodeTypes.map(({ name }) => name).sort()).toEqual(declaredTypes)
    const ids = idsOf(ownerId)
    expect(declaredTypes.filter((name) => !ids.of(name))).toEqual([])
  })

  it('finds a leak where there is one', async () => {
    const answered = await ask('admin', `{ order(id: "${idsOf(ownerId).of('Order')}") { id customer { id email } } }`)
    const leaks = leaksIn(answered, query ?? fail(), viewers['customer BONAP'] ?? fail())
    expect(leaks).toEqual(['order is another’s Order', 'order.customer is another’s Customer'])
    const fields = leaksIn(answered, query ?? fail(), viewers.support ?? fail())
    expect(fields).toEqual(['order.customer.email needs scope customers:pii, kind customer'])
  })
})

interface Ids {
  /** The id of a thing of this type. */
  of(typeName: string): string | undefined
  number: number
}

const numbers = { theirs: 10_643, nobodys: 1 }

/** Of each type one that is this owner's, or one of everyone's or nobody's. */
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
  build: (ids: Ids) => { text: string; paths: string[] }
}

/** Each root field with everything below it; `node` and `nodes` once for each type. */
function rootSelections(): RootSelection[] {
  const fields = Object.values(query?.getFields() ?? {})
  return fields.flatMap((field): RootSelection[] => {
    const type = getNamedType(field.type)
    const named = (root: string, args: (ids: Ids) => string, below: GraphQLObjectType, on = '') => ({
      root,
      type: query ?? fail(),
      build: (ids: Ids) => {
        const { text, paths } = selectionOf(below, steps - 1, `Query.${root}`)
        return { text: `{ ${field.name}${args(ids)} ${on ? `{ ... on ${on} ${text} }` : text} }`, paths }
      },
    })
    if (field.name === 'node') {
      return nodeTypes.map((t) => named(`node(${t.name})`, (ids) => `(id: "${ids.of(t.name)}")`, t, t.name))
    }
    if (field.name === 'nodes') {
      return nodeTypes.map((t) => named(`nodes(${t.name})`, (ids) => `(ids: ["${ids.of(t.name)}"])`, t, t.name))
    }
    if (!isObjectType(type)) return []
    const lookUp = field.args.find(({ name }) => name === 'id')
    if (lookUp) return [named(field.name, (ids) => `(id: "${ids.of(type.name)}")`, type)]
    const page = field.args.some(({ name }) => name === 'first') ? '(first: 3)' : ''
    return [named(field.name, () => page, type)]
  })
}

/** Ways to ask for one thing by what names it, and lists by whose they are. */
function lookUps() {
  const of = (type: string) => (ids: Ids) => `"${ids.of(type)}"`
  const guarded = Object.keys(shownBy)
  return [
    ...guarded.map((name) => ({
      field: 'node',
      by: `the id of a ${name}`,
      typeName: name,
      build: (ids: Ids) => `{ found: node(id: ${of(name)(ids)}) { __typename id } }`,
    })),
    ...guarded.map((name) => ({
      field: 'nodes',
      by: `the id of a ${name}`,
      typeName: name,
      build: (ids: Ids) => `{ found: nodes(ids: [${of(name)(ids)}]) { __typename id } }`,
    })),
    {
      field: 'order',
      by: 'id',
      typeName: 'Order',
      build: (ids: Ids) => `{ found: order(id: ${of('Order')(ids)}) { id number } }`,
    },
    {
      field: 'order',
      by: 'number',
      typeName: 'Order',
      build: ({ number }: Ids) => `{ found: order(number: ${number}) { id number } }`,
    },
    {
      field: 'customer',
      by: 'id',
      typeName: 'Customer',
      build: (ids: Ids) => `{ found: customer(id: ${of('Customer')(ids)}) { id code } }`,
    },
    {
      field: 'orders',
      by: 'the customer',
      typeName: 'Order',
      build: (ids: Ids) =>
        `{ found: orders(filter: { customerId: ${of('Customer')(ids)} }) { totalCount edges { node { id } } } }`,
    },
  ]
}

function verbCall(name: string): string {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${name}(input: $input) { replayed userErrors { code path message } } }`
}

async function ask(viewer: string, text: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const roles = roleOf[viewer]
  if (roles)
    return asClaims(world, { sub: `staff-${viewer.replaceAll(' ', '-')}`, kind: 'staff', roles }).query(text, variables)
  return world.as(viewer).query(text, variables)
}

/** What stands in an answer and is not declared visible. */
function leaksIn({ data }: Answer, type: GraphQLObjectType, declared: Declared): string[] {
  const leaks: string[] = []
  for (const visit of visitsOf(type, data, '')) {
    if (visit.value === null) continue
    tried.visits++
    const needs = needsOf(visit)
    if (needs.length > 0 && !needs.some((need) => has(declared, need))) {
      leaks.push(
        `${visit.path} needs ${needs
          .map((need) => Object.entries(need).flat().join(' '))
          .sort()
          .reverse()
          .join(', ')}`,
      )
    }
    if (visit.field.name === 'id') leaks.push(...rowLeak(visit, declared))
  }
  return leaks
}

function rowLeak({ type, value, path }: Visit, declared: Declared): string[] {
  const owned = owners.get(String(value))
  if (owned === undefined) return [`${path}: whose is ${String(value)}?`]
  if (owned === 'everyone' || owned === declared.subject || mayRead(declared, type.name)) return []
  return [`${path.slice(0, -3)} is another’s ${type.name}`]
}

function mayRead({ scopes }: Declared, typeName: string): boolean {
  const scope = shownBy[typeName]
  return scope === undefined || scopes.includes(scope)
}

function has({ kind, scopes }: Declared, need: { kind: string } | { scope: string }): boolean {
  return 'kind' in need ? need.kind === kind : scopes.includes(need.scope)
}

const payload = z.record(z.string(), z.object({ userErrors: z.array(z.unknown()) }).nullable()).nullish()

/** What an answer tells, without what was asked for in it. */
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

/** All rows of the shop and what happened to them, in one number a table. */
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
