import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { grantPrivileges } from '../../../src/platform/database/grant-privileges.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { domain } from '../../../src/schema.ts'
import { onlyDomain, onlyReadable } from '../../support/only-readable.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { askExport, exportRows } from '../bulk/support/export.ts'

const nested = '{ orders(first: 3) { totalCount edges { node { number lines { product { name } } } } } }'
const orders = z.object({ orders: z.object({ totalCount: z.number() }) })
const email = '{ customers(first: 1) { edges { node { code email } } } }'
const anyChange = (input: string) => `mutation { productDiscontinue(input: ${input}) { userErrors { code } } }`

const ready = async ({ url }: Pick<World, 'url'>) => (await fetch(`${url}/readyz`)).status
const warnings = ({ logLines }: Pick<World, 'logLines'>) => logLines.filter((line) => /"level":[456]0/.test(line))

describe.each([
  ['has none of the platform’s tables', onlyDomain],
  ['has the platform’s tables', onlyReadable],
])('a server whose role may only read a database that %s', (_name, prepare) => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ prepare: (urls) => prepare(urls), env: { RESPONSE_CACHE_BYTES: '1000000' } })
  })
  afterAll(() => world?.close())

  it('is ready, and answers queries', async () => {
    expect(await ready(world)).toBe(200)
    expect(dataOf(await world.as('admin').query(nested), orders).orders.totalCount).toBe(830)
    expect(codesOf(await world.as('anonymous').query(nested))).toContain('UNAUTHENTICATED')
    expect(codesOf(await world.as('admin').query('{ orders(first: 1000) { totalCount } }'))).toEqual([
      'INVALID_PAGE_SIZE',
    ])
  })

  it('shows its schema and GraphiQL', async () => {
    const { data } = await world.as('anonymous').query('{ __schema { mutationType { name } } }')
    expect(data).toEqual({ __schema: { mutationType: { name: 'Mutation' } } })
    const page = await fetch(`${world.url}/graphql`, { headers: { accept: 'text/html' } })
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('GraphiQL')])
  })

  it('exports lists as streams', async () => {
    expect(await exportRows(world, 'admin', '{ orders { edges { node { number } } } }')).toHaveLength(830)
  })

  it.each([
    anyChange('{ productId: "x", version: 1 }'),
    'subscription { changes { id } }',
    '{ changes(first: 1) { hasMore } }',
    '{ apiKeys { totalCount } }',
    '{ webhooks { totalCount } }',
    '{ auditEvents { totalCount } }',
    '{ bulkExports { totalCount } }',
    `{ node(id: "${encodeId('ApiKey', randomUUID())}") { id } }`,
  ])('says that this is off: %s', async (query) => {
    expect(codesOf(await world.as('admin').query(query))).toEqual(['SWITCHED_OFF'])
  })

  it('takes no API keys, imports and links to files', async () => {
    const key = `fdk_${'a'.repeat(43)}`
    const asked = (path: string, init: RequestInit) => fetch(`${world.url}${path}`, { method: 'POST', ...init })
    const withKey = await world.fetchGraphQL({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: '{"query":"{ __typename }"}',
    })
    expect(await withKey.text()).toContain('SWITCHED_OFF')
    expect((await asked('/bulk/import/orderPlace', { body: '{}' })).status).toBe(501)
  })

  it('refuses fields whose reads it cannot record, also in an export', async () => {
    const found = await world.as('admin').query(email)
    expect(new Set(codesOf(found))).toEqual(new Set(['SWITCHED_OFF']))
    expect(JSON.stringify(found)).not.toContain('@')
    const response = await askExport(world, 'admin', '{ customers { edges { node { email } } } }')
    expect(await response.text().catch(() => '')).not.toContain('@')
  })

  it('asks nothing of tables that it may not use, and logs no failure', async () => {
    expect(world.statements.filter(({ sql }) => /platform\.|jobs\./.test(sql))).toEqual([])
    expect(warnings(world).filter((line) => !line.includes('SWITCHED_OFF'))).toEqual([])
  })
})

describe('AUDIT_IN_LOG', () => {
  it('serves fields whose reads are recorded, and records them in the log', async () => {
    await using world = await createWorld({ prepare: (urls) => onlyDomain(urls), env: { AUDIT_IN_LOG: 'true' } })
    const found = await world.as('admin').query(email)
    expect(codesOf(found)).toEqual([])
    await world.audit.flush()
    expect(world.logLines.filter((line) => line.includes('audit entry'))).toEqual([
      expect.stringContaining('"fields":["Customer.email"]'),
    ])
  })
})

describe('a server that only reads', () => {
  it('does everything after a restart, once its role has its rights', async () => {
    await using world = await createWorld({ prepare: (urls) => onlyReadable(urls) })
    await grantPrivileges(world.databaseUrl, inject('server').role.name, domain.privileges)
    expect(codesOf(await world.as('admin').query('{ apiKeys { totalCount } }'))).toEqual(['SWITCHED_OFF'])
    const restarted = await world.openReplica()
    try {
      expect(await ready(restarted)).toBe(200)
      expect(
        codesOf(await restarted.as('admin').query('{ apiKeys { totalCount } changes(first: 1) { hasMore } }')),
      ).toEqual([])
    } finally {
      await restarted.close()
    }
  })
})
