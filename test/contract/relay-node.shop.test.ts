import { isInterfaceType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { schema } from '../../src/schema.ts'
import { newKey } from '../platform/support/api-key.shop.ts'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { addBulkExports } from './support/bulk-exports.ts'
import { lengthenTrail } from './support/connections.ts'
import { addErasure } from './support/person-requests.shop.ts'
import { usedHook } from './support/webhooks.shop.ts'

const node = z.object({ __typename: z.string(), id: z.string() })
type Node = z.infer<typeof node>

const nodeType = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeType) ? schema.getPossibleTypes(nodeType).map(({ name }) => name) : []
const absent = '00000000-0000-7000-8000-000000000000'

let world: World
let oldest: Node[]
beforeAll(async () => {
  world = await createWorld({ env: { FEDERATION: 'true' } })
  await giveBackSomething(world)
  await usedHook(world, (await newKey(world)).id)
  await addBulkExports(world)
  const consent = 'mutation { customerConsentSet(input: { marketing: true }) { userErrors { code } } }'
  await world.as('customer VINET').query(consent)
  await addErasure(world, demoId('customer', 'VINET'))
  await lengthenTrail(world)
  oldest = await nodesOfOldest(await importSomething(world))
})
afterAll(() => world.close())

describe('an id of the shop', () => {
  it.each(nodeTypes)('of a %s is found again by node and nodes', async (typename) => {
    const found = nodeOf(typename)
    expect(await byNode([found.id])).toEqual([found])
    expect(await byNodes([found.id, found.id])).toEqual([found, found])
  })

  it.each(['admin', 'nobody', 'anonymous', 'customer ALFKI', 'customer ANATR', 'warehouse'])(
    'shows %s as an entity of a federation what nodes shows',
    async (viewer) => {
      const nodes = nodeTypes.map(nodeOf)
      const answered = await world.as(viewer).query(
        `query ($ids: [ID!]!, $nodes: [_Any!]!) {
          nodes(ids: $ids) { __typename }
          _entities(representations: $nodes) { __typename }
        }`,
        { ids: nodes.map(({ id }) => id), nodes },
      )
      const found = z.array(z.object({ __typename: z.string() }).nullable())
      const data = dataOf(answered, z.object({ nodes: found, _entities: found }))
      expect(data._entities).toEqual(data.nodes)
      expect(data.nodes.some((each) => each === null)).toBe(viewer !== 'admin')
    },
  )

  it('of a deleted object gives a null at its position in nodes', async () => {
    const [order, customer] = [nodeOf('Order'), nodeOf('Customer')]
    const gone = encodeId('Product', absent)
    expect(await byNodes([customer.id, gone, order.id])).toEqual([customer, null, order])
  })
})

/** An import of nothing. Returns its id. */
async function importSomething({ client }: World): Promise<string> {
  const data = {
    principal: 'staff admin',
    key: 'key',
    mutation: 'productCreate',
    mode: 'SKIP',
    isDryRun: false,
  } as const
  const { id } = await client.bulkImport.create({ data })
  return encodeId('BulkImport', id)
}

/** Northwind has neither returns nor refunds. */
async function giveBackSomething({ client }: World): Promise<void> {
  const { id: orderId } = await client.order.findFirstOrThrow({ orderBy: { placedAt: 'asc' } })
  const at = new Date()
  await client.return.create({ data: { orderId, restocked: true, returnedAt: at } })
  const creditNote = { create: { orderId, number: 'CN-1996-000001', issuedAt: at, amountMinor: 1n } }
  await client.refund.create({ data: { orderId, amountMinor: 1n, refundedAt: at, creditNote } })
}

async function byNodes(ids: string[]): Promise<(Node | null)[]> {
  const answered = await world.as('admin').query('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })
  return dataOf(answered, z.object({ nodes: z.array(node.nullable()) })).nodes
}

/** One `node` for each id, in documents with as many aliases as the server takes. */
async function byNode(ids: string[]): Promise<(Node | null)[]> {
  const found: (Node | null)[] = []
  for (let start = 0; start < ids.length; start += world.config.limits.aliases) {
    const some = ids.slice(start, start + world.config.limits.aliases)
    const fields = some.map((id, index) => `n${index}: node(id: ${JSON.stringify(id)}) { __typename id }`)
    const answered = await world.as('admin').query(`{ ${fields.join(' ')} }`)
    found.push(...Object.values(dataOf(answered, z.record(z.string(), node.nullable()))))
  }
  return found
}

/** A node of each type at the oldest orders, which are complete. */
async function nodesOfOldest(importId: string): Promise<Node[]> {
  const one = '__typename id'
  const answered = await world.as('admin').query(`{
    orders(first: 5, sort: { field: PLACED_AT }) { edges { node {
      ${one} customer { ${one} addresses { ${one} } consents { ${one} } } lines { ${one} product { ${one} stockMovements { edges { node { ${one} } } } category { ${one} } supplier { ${one} } } }
      shipments { ${one} carrier { ${one} } } payments { ${one} } invoice { ${one} }
      refunds { ${one} creditNote { ${one} } } returns { ${one} }
    } } }
    carriers(first: 1) { edges { node { ${one} } } }
    apiKeys(first: 1) { edges { node { ${one} } } }
    webhookDeliveries(first: 1) { edges { node { ${one} webhook { ${one} } } } }
    bulkExports(first: 1) { edges { node { ${one} } } }
    personRequests(first: 1) { edges { node { ${one} } } }
    auditEvents(first: 1) { edges { node { ${one} } } }
    bulkImport(id: "${importId}") { ${one} }
  }`)
  return nodesIn(dataOf(answered, z.unknown()))
}

function nodeOf(typename: string): Node {
  const found = oldest.find(({ __typename }) => __typename === typename)
  if (!found) throw new Error(`the query finds no ${typename}`)
  return found
}

function nodesIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  const parsed = node.safeParse(value)
  const below = Object.values(value).flatMap(nodesIn)
  return parsed.success ? [parsed.data, ...below] : below
}
