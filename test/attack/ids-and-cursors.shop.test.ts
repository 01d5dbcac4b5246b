import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../prisma/demo/ids.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { idsOfOrder } from '../commerce/support/order-ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../support/world.ts'

const page = z.object({
  list: z.object({ edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })) }),
})
const alfki = 'customer ALFKI'
const bonap = 'customer BONAP'
const byNumber = 'sort: { field: NUMBER, direction: ASC }'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(() => void world.statements.splice(0))

/** The edges of one list. */
async function edgesOf(viewer: string, list: string): Promise<z.infer<typeof page>['list']['edges']> {
  return dataOf(await world.as(viewer).query(`{ list: ${list} { edges { cursor node { id } } } }`), page).list.edges
}

async function cursorOf(viewer: string, list: string): Promise<string> {
  const [, edge] = await edgesOf(viewer, list)
  if (!edge) throw new Error(`${list} has no second edge`)
  world.statements.length = 0
  return edge.cursor
}

describe('a cursor', () => {
  it('is refused with any one bit flipped, without a statement', async () => {
    const cursor = await cursorOf(alfki, `orders(first: 2, ${byNumber})`)
    const bytes = Buffer.from(cursor, 'base64url')
    const flips = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return flipped.toString('base64url')
    })
    expect(flips.length).toBeGreaterThan(200)
    // One document may have thirty aliases.
    for (let at = 0; at < flips.length; at += 30) {
      const fields = flips.slice(at, at + 30).map((flip, index) => {
        return `f${index}: orders(first: 2, after: "${flip}", ${byNumber}) { pageInfo { endCursor } }`
      })
      const answered = await world.as(alfki).query(`{ ${fields.join(' ')} }`)
      expect(codesOf(answered)).toEqual(fields.map(() => 'INVALID_CURSOR'))
    }
    expect(world.statements).toEqual([])
  })

  const elsewhere: [what: string, list: string, use: (cursor: string) => string][] = [
    ['of another list', 'products(first: 2)', (cursor) => `orders(after: "${cursor}")`],
    ['of another sort', `orders(first: 2, ${byNumber})`, (cursor) => `orders(after: "${cursor}")`],
    [
      'of the other direction',
      `orders(first: 2, ${byNumber})`,
      (cursor) => `orders(after: "${cursor}", sort: { field: NUMBER, direction: DESC })`,
    ],
    ['of a list of another server', 'orders(first: 2)', () => `orders(after: "${foreign}")`],
    ['that is none', 'orders(first: 2)', () => `orders(before: "' or 1=1 --")`],
    ['as long as a body may be', 'orders(first: 2)', (cursor) => `orders(before: "${cursor.repeat(1000)}")`],
  ]
  let foreign: string
  beforeAll(async () => {
    await using other = await createWorld()
    const answered = await other.as(alfki).query('{ list: orders(first: 2) { edges { cursor node { id } } } }')
    foreign = dataOf(answered, page).list.edges[1]?.cursor ?? ''
  })
  it.each(elsewhere)('%s is refused, without a statement', async (_what, list, use) => {
    const cursor = await cursorOf(alfki, list)
    const answered = await world.as(alfki).query(`{ ${use(cursor)} { edges { node { id } } } }`)
    expect(codesOf(answered)).toEqual(['INVALID_CURSOR'])
    expect(world.statements).toEqual([])
  })

  it('of another viewer is a position in the viewer’s own list, and shows no foreign row', async () => {
    const theirs = await edgesOf(bonap, `orders(first: 100, ${byNumber})`)
    const own = await edgesOf(alfki, `orders(first: 100, ${byNumber})`)
    const ownIds = own.map(({ node }) => node.id)
    expect(ownIds.length).toBeGreaterThan(1)
    for (const { cursor, node } of theirs) {
      const after = await edgesOf(alfki, `orders(first: 100, after: "${cursor}", ${byNumber})`)
      const before = await edgesOf(alfki, `orders(last: 100, before: "${cursor}", ${byNumber})`)
      expect([...before, ...after].map(({ node }) => node.id)).toEqual(ownIds)
      expect(ownIds).not.toContain(node.id)
    }
  })
})

describe('an id', () => {
  const absent = '00000000-0000-7000-8000-000000000000'
  const crafted = [absent, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']

  it('of another type is refused by every field, without a statement', async () => {
    const id = encodeId('Product', demoId('product', 1))
    const fields = [
      `order(id: "${id}") { id }`,
      `customer(id: "${id}") { id }`,
      `orders(filter: { customerId: "${id}" }) { totalCount }`,
      `products(filter: { categoryId: "${id}" }) { totalCount }`,
      `products(filter: { supplierId: "${id}" }) { totalCount }`,
    ]
    for (const field of fields) {
      expect(codesOf(await world.as('admin').query(`{ ${field} }`)), field).toEqual(['INVALID_ID'])
    }
    const ofOrder = encodeId('Order', absent)
    expect(codesOf(await world.as('admin').query(`{ product(id: "${ofOrder}") { id } }`))).toEqual(['INVALID_ID'])
    expect(world.statements).toEqual([])
  })

  it('of a type that is no node, or of an unknown type, is refused without a statement', async () => {
    const [, suffix] = encodeId('Order', absent).split('_')
    const made = [
      'viewer',
      'query',
      'so_header',
      'idempotency_record',
      'domain_event',
      '__proto__',
      'constructor',
      'to_string',
    ]
    for (const prefix of made) {
      for (const query of [
        `{ node(id: "${prefix}_${suffix}") { id } }`,
        `{ nodes(ids: ["${prefix}_${suffix}"]) { id } }`,
      ]) {
        expect(codesOf(await world.as('admin').query(query)), query).toEqual(['INVALID_ID'])
      }
    }
    expect(world.statements).toEqual([])
  })

  it('with any one character changed is refused or names another row, and never shows more than the viewer may see', async () => {
    const [own] = await edgesOf(alfki, 'orders(first: 1)')
    const id = own?.node.id ?? ''
    const changed = [...id].map((char, at) => `${id.slice(0, at)}${char === 'z' ? 'y' : 'z'}${id.slice(at + 1)}`)
    for (const other of changed) {
      const { data, errors } = await world.as(alfki).query(`{ order(id: "${other}") { number customer { name } } }`)
      expect(data).toEqual({ order: null })
      expect((errors ?? []).map(({ extensions }) => extensions.code)).toEqual(
        /^order_[0-7]/.test(other) ? [] : ['INVALID_ID'],
      )
    }
  })

  it('of a foreign row gets the same response and statements as one that never existed', async () => {
    const theirs = Object.values(await idsOfOrder(world, 10_248))
    const shapes = new Set<string>()
    for (const id of [...theirs, ...crafted.map((uuid) => encodeId('Order', uuid))]) {
      const statements = await world.statementsOf(async () => {
        const { data, errors } = await world.as(alfki).query(`{ node(id: "${id}") { id } }`)
        expect({ data, errors }).toEqual({ data: { node: null }, errors: undefined })
      })
      shapes.add(String(statements.length))
      const sameType = encodeId(typeOf(id), absent)
      const unknown = await world.statementsOf(() => world.as(alfki).query(`{ node(id: "${sameType}") { id } }`))
      expect(statements.map(({ sql }) => sql)).toEqual(unknown.map(({ sql }) => sql))
    }
    expect([...shapes]).toEqual(['1'])
  })

  it('of a foreign order gets the same user error as one that never existed', async () => {
    const { Order: theirs } = await idsOfOrder(world, 10_248)
    const cancel = (orderId: string) =>
      world.as(alfki).query(
        `mutation { orderCancel(input: { idempotencyKey: "${crypto.randomUUID()}", orderId: "${orderId}", reason: "x" }) {
          order { id } userErrors { code message } } }`,
      )
    const [one, other] = [await cancel(theirs ?? ''), await cancel(encodeId('Order', absent))]
    expect(one.data).toEqual(other.data)
    expect(one.errors?.map(({ message }) => message)).toEqual(other.errors?.map(({ message }) => message))
    expect(JSON.stringify(one)).toMatch(/UNKNOWN|FORBIDDEN/)
  })
})

function typeOf(id: string): string {
  const words = id.slice(0, id.lastIndexOf('_')).split('_')
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}
