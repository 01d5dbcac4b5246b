import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { operationFolder, readCatalogue } from '../../src/platform/operations/catalogue.ts'
import type { NamedOperation } from '../../src/platform/operations/named-operation.ts'
import { restOperations } from '../../src/platform/rest/rest-operation.ts'
import { audienceSchemas, domain, schema } from '../../src/schema.ts'
import { agent, callTool } from '../platform/agents/support/agent.ts'
import { problem } from '../platform/rest/support/rest.ts'
import { newKey } from '../platform/support/api-key.ts'
import { call } from '../platform/support/call.ts'
import { createWorld, type World } from '../support/world.ts'

// What GraphQL denies, REST and tools deny: every operation, as every kind of viewer, with ids of foreign rows.

const id = (type: string, key: Parameters<typeof demoId>[1], kind: Parameters<typeof demoId>[0]) =>
  encodeId(type, demoId(kind, key))
const nobodys = (type: string) => encodeId(type, '01890000-0000-7000-8000-000000000000')
const ALFKI = id('Customer', 'ALFKI', 'customer')
const shipTo = { recipient: 'A', street: 'B', city: 'C', country: 'DE' }
const price = { amount: '1.00', currency: 'USD' }

/** Variables that name rows of others; those of mutations name no row at all, so that nothing is changed. */
const variablesOf: Record<string, Record<string, unknown>> = {
  AddressRemove: { id: nobodys('Address') },
  CustomerFind: { id: ALFKI },
  CustomerList: { first: 2 },
  OrderList: { first: 2, customerId: ALFKI },
  InvoiceList: { first: 2, customerId: ALFKI },
  OrderCancel: { id: nobodys('Order') },
  OrderFind: { id: id('Order', 10_643, 'order') },
  OrderPlace: { customerId: nobodys('Customer'), lines: [], shipTo },
  ProductCreate: {
    sku: 'DENIED-1',
    name: 'Denied',
    unitPrice: price,
    categoryId: nobodys('Category'),
    supplierId: nobodys('Supplier'),
  },
  ProductFind: { id: id('Product', 1, 'product') },
  ProductList: { first: 2 },
  ProductUpdate: { id: nobodys('Product'), version: 1, name: 'Denied' },
  StockList: { first: 2 },
}

const folder = domain.operations?.folder ?? ''
const endpoints = await Promise.all(
  [[undefined, schema] as const, ...audienceSchemas].map(async ([audience, part]) => {
    const { operations } = await readCatalogue(operationFolder(folder, audience), part)
    return { audience, prefix: audience === undefined ? '' : `/${audience}`, operations }
  }),
)

let world: World
/** The Authorization of each viewer. */
const viewers = new Map<string, string | undefined>()
beforeAll(async () => {
  world = await createWorld({ env: { TOOL_MAX_COST: '5000', SUSPICIOUS_DENIALS_PER_MINUTE: '100000' } })
  const staff = (roles: string[]) =>
    developmentToken(world.config.dataDir, world.config.auth, { sub: `staff-${roles.join()}`, kind: 'staff', roles })
  viewers.set('anonymous', undefined)
  viewers.set('customer', await world.tokenFor('customer BONAP'))
  for (const role of ['support', 'warehouse', 'auditor', 'analyst']) viewers.set(role, await staff([role]))
  viewers.set('staff without a role', await staff([]))
  viewers.set('admin', await world.tokenFor('admin'))
  const keys = { 'key without a scope': ['tools:use'], 'key that reads': ['tools:use', 'orders:read', 'stock:read'] }
  for (const [name, scopes] of Object.entries(keys)) viewers.set(name, (await newKey(world, { scopes })).secret)
})
afterAll(() => world.close())

const kinds = ['anonymous', 'customer', 'support', 'warehouse', 'auditor', 'analyst', 'staff without a role', 'admin']
const cases = endpoints.flatMap(({ operations, prefix }) =>
  operations.map((operation) => ({ name: operation.name, operation, prefix })),
)
const isKnown = (viewer: string) => viewers.has(viewer)

describe.each([...kinds, 'key without a scope', 'key that reads'])('%s', (viewer) => {
  it.each(cases)('gets over REST what GraphQL gives of $prefix $name', async ({ operation, prefix }) => {
    expect(isKnown(viewer)).toBe(true)
    const [rest] = restOperations([operation])
    if (!rest) return
    const asked = await byGraphQL(prefix, operation.text, operation, viewer)
    const answered = await byRest(prefix, rest, viewer)
    expect(answered).toEqual(asked)
  })

  it.each(cases.filter(({ operation }) => operation.tool))(
    'gets from a tool what GraphQL gives of $prefix $name',
    async ({ operation, prefix }) => {
      const { tool } = operation
      if (!tool) return
      const asked = await byGraphQL(prefix, tool.text, operation, viewer)
      const answered = await byTool(prefix, operation, viewer)
      // Whom an endpoint does not take is refused before a tool is called.
      const isStopped = answered.codes.includes('REFUSED_BY_HTTP')
      if (isStopped)
        expect([viewer, asked.codes]).toEqual([
          viewer,
          expect.arrayContaining([expect.stringMatching(/UNAUTHENTICATED|FORBIDDEN/)]),
        ])
      else expect(answered).toEqual(asked)
    },
  )
})

it('the matrix knows every operation', () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(variablesOf)))
})

describe('what is not in the catalogue', () => {
  it.each([
    ...[
      '/api',
      '/api/',
      '/api/suppliers',
      '/api/Customers',
      '/api/customers/',
      '/api//customers',
      '/api/customers/a/b',
    ],
    ...[
      '/api/./customers',
      '/api/customers%2f',
      '/api/%63ustomers%00',
      '/api/graphql',
      '/api/openapi',
      '/api/stock',
      '/api/products',
    ],
    ...[
      '/api/customers;x=1',
      '/API/customers',
      '/storefront/api/customers',
      '/partner/api/customers',
      '/nobody/api/customers',
    ],
  ])('cannot be read at %s', async (path) => {
    const statuses = ['GET', 'POST', 'PUT', 'HEAD', 'QUERY'].map(async (method) => {
      const headers = { 'x-http-method-override': 'GET', authorization: `Bearer ${viewers.get('admin')}` }
      return (await call(world.url, { path, method, headers })).status
    })
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([404]))
  })

  it.each([
    'query={viewer{kind}}',
    'documentId=sha256:0',
    'operationName=CustomerFind',
    '__typename=1',
    'extensions={}',
  ])('cannot be slipped into a query string as %s', async (search) => {
    const response = await world.fetchAs('admin', `/api/customers?${search}`)
    expect([response.status, problem.parse(await response.json()).code]).toEqual([400, 'BAD_REQUEST'])
  })

  it.each(['{"query":"{ viewer { kind } }"}', '{"variables":{}}', '{"input":{}}'])(
    'cannot be slipped into a body as %s',
    async (body) => {
      const init = { method: 'DELETE', headers: { 'content-type': 'application/json' }, body }
      const response = await world.fetchAs('admin', `/api/addresses/${nobodys('Address')}`, init)
      expect([response.status, problem.parse(await response.json()).code]).toEqual([400, 'BAD_REQUEST'])
    },
  )
})

/** Codes of errors and user errors, and the data where there are none. */
interface Outcome {
  codes: string[]
  data?: unknown
}

const answered = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).optional(),
})
const userErrors = z.object({ userErrors: z.array(z.object({ code: z.string() })) })

function credential(viewer: string): Record<string, string> {
  const token = viewers.get(viewer)
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

async function byGraphQL(
  prefix: string,
  query: string,
  { name, answer }: NamedOperation,
  viewer: string,
): Promise<Outcome> {
  const response = await fetch(`${world.url}${prefix}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...credential(viewer) },
    body: JSON.stringify({ query, variables: variablesOf[name] }),
  })
  const { data, errors = [] } = answered.parse(await response.json())
  const codes = [...new Set(errors.map(({ extensions }) => extensions.code))]
  const value = data?.[answer.root.key]
  const refused = userErrors.safeParse(value).data?.userErrors ?? []
  if (codes.length > 0) return { codes }
  if (refused.length > 0) return { codes: refused.map(({ code }) => code) }
  const page = z.object({ edges: z.array(z.object({ node: z.unknown() })) }).safeParse(value)
  return { codes: [], data: page.data ? page.data.edges.map(({ node }) => node) : (value ?? null) }
}

async function byRest(
  prefix: string,
  operation: ReturnType<typeof restOperations>[number],
  viewer: string,
): Promise<Outcome> {
  const variables = variablesOf[operation.name] ?? {}
  const search = new URLSearchParams(
    operation.inQuery.flatMap(({ name }) => (variables[name] === undefined ? [] : [[name, String(variables[name])]])),
  )
  const path = operation.rest.path.replace(/\{(\w+)\}/g, (_all, name: string) => String(variables[name]))
  const body = Object.fromEntries(
    operation.inBody.flatMap(({ name }) => (name in variables ? [[name, variables[name]]] : [])),
  )
  const response = await fetch(`${world.url}${prefix}/api${path}?${search}`, {
    method: operation.rest.method,
    headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json', ...credential(viewer) },
    ...(operation.rest.method === 'GET' ? {} : { body: JSON.stringify(body) }),
  })
  const said: unknown = await response.json()
  if (response.status === 200) return { codes: [], data: said }
  const { code, errors = [] } = problem.parse(said)
  if (code === 'NOT_FOUND') return { codes: [], data: null }
  return { codes: code === 'INPUT_REFUSED' ? errors.map((each) => each.code) : [code] }
}

async function byTool(prefix: string, { name }: NamedOperation, viewer: string): Promise<Outcome> {
  const client = await agent(world, `${prefix}/mcp`, viewers.get(viewer)).catch(() => undefined)
  if (!client) return { codes: ['REFUSED_BY_HTTP'] }
  const tool = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`
  const isMutation = cases.find((each) => each.name === name)?.operation.type === 'mutation'
  const given = { ...variablesOf[name], ...(isMutation && { idempotencyKey: randomUUID() }) }
  const { shown, codes } = await callTool(client, tool, given)
  await client.close()
  if (codes.length > 0) return { codes }
  return shown.withheld ? { codes: z.array(z.string()).parse(shown.withheld) } : { codes: [], data: shown.data }
}
