import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { createWorld, type World } from '../support/world.ts'
import { addRows, connectionFields, idsOf, type List, Lists, nodeOf, type Page } from './support/connections.ts'

// Relay's cursor connections: https://relay.dev/graphql/connections.htm

const connections = connectionFields(schema)
const orders = connections.flatMap((connection) =>
  connection.sortFields.flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({ name: connection.name, connection, sort: { field, direction } })),
  ),
)
/** Seven fills the last page of some lists exactly. Hundreds of rows would take seconds by seven. */
const [small, large] = [7, 37]

let world: World
let lists: Lists
beforeAll(async () => {
  world = await createWorld()
  await addRows(world)
  lists = new Lists(world, connections)
})
afterAll(() => world.close())

describe('the connections of the schema', () => {
  it('are there', () => {
    expect(connections.length).toBeGreaterThan(4)
  })

  it.for(connections)('$name has the arguments of a connection, and a sort', ({ field, sortType }) => {
    const types = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]))
    expect(types).toMatchObject({ first: 'Int', after: 'String', last: 'Int', before: 'String', sort: sortType })
    expect(field.args.every(({ defaultValue }) => defaultValue === undefined)).toBe(true)
  })

  it.for(connections)('$name has the types of a connection, with non-null edges and nodes', ({ field, connection }) => {
    const { edges = '', ...others } = fieldTypes(connection.name)
    expect(String(field.type)).toBe(connection.name)
    expect(edges).toMatch(/^\[\w+Edge!\]!$/)
    expect(others).toMatchObject({ pageInfo: 'PageInfo!', totalCount: 'Int!' })
    const node = nodeOf(connection)
    expect(fieldTypes(edges.replace(/\W/g, ''))).toMatchObject({ cursor: 'String!', node: `${node?.name}!` })
    if ('aggregate' in others) expect(others.aggregate).toBe(`${node?.name}Aggregate`)
  })

  it('share a PageInfo whose cursors are null on an empty page only', () => {
    expect(fieldTypes('PageInfo')).toEqual({
      hasNextPage: 'Boolean!',
      hasPreviousPage: 'Boolean!',
      startCursor: 'String',
      endCursor: 'String',
    })
  })
})

describe('a walk', () => {
  it.for(orders)(
    'through $name by $sort.field $sort.direction is the same forwards, backwards and in big pages',
    async ({ connection, sort }, { skip }) => {
      for (const list of await lists.of(connection, skip)) await expectSameWalks(list, sort)
    },
  )

  it.for(orders.filter(({ sort }) => sort.direction === 'ASC'))(
    'through $name by $sort.field DESC is the reverse of ASC',
    async ({ connection, sort: { field } }, { skip }) => {
      for (const list of await lists.of(connection, skip)) {
        const ascending = await list.whole({ field, direction: 'ASC' })
        const descending = await list.whole({ field, direction: 'DESC' })
        expect(idsOf(descending)).toEqual(idsOf(ascending).reverse())
      }
    },
  )

  it.for(connections)(
    'through $name has the length of its totalCount, for every page size',
    async (connection, { skip }) => {
      for (const list of await lists.of(connection, skip)) {
        const ids = idsOf(await list.whole())
        expect((await list.counted({})).totalCount).toBe(ids.length)
        expect((await list.counted({ first: 0 })).totalCount).toBe(ids.length)
        expect((await list.counted({ last: 2 })).totalCount).toBe(ids.length)
      }
    },
  )
})

describe('a page', () => {
  it.for(connections)('of $name with first: 0 is empty, and knows that there is more', async (connection, { skip }) => {
    const list = await lists.first(connection, skip)
    expect(await list.page({ first: 0 })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    })
  })

  it.for(connections)('of $name has 20 nodes by default', async (connection, { skip }) => {
    const list = await lists.first(connection, skip)
    const all = idsOf(await list.whole())
    expect(idsOf([await list.page({})])).toEqual(all.slice(0, 20))
    expect(idsOf([await list.page({ first: null, last: null, after: null, before: null })])).toEqual(all.slice(0, 20))
  })

  it.for(connections)(
    'of $name between two cursors has exactly the nodes between them',
    async (connection, { skip }) => {
      const list = await lists.first(connection, skip)
      const { edges } = await list.page({ first: 3 })
      const [start, middle, end] = edges
      const between = { after: start?.cursor, before: end?.cursor }
      const forwards = await list.page({ first: 5, ...between })
      expect(forwards.edges).toEqual([middle])
      expect(forwards.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
      const backwards = await list.page({ last: 5, ...between })
      expect(backwards.edges).toEqual([middle])
      expect(backwards.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    },
  )
})

function fieldTypes(typeName: string): Record<string, string> {
  const type = schema.getType(typeName)
  if (!type || !('getFields' in type)) return {}
  return Object.fromEntries(Object.values(type.getFields()).map(({ name, type }) => [name, String(type)]))
}

async function expectSameWalks(list: List, sort: { field: string; direction: string }): Promise<void> {
  const ids = idsOf(await list.whole(sort))
  const size = ids.length > 200 ? large : small
  const { forwards, backwards } = await list.bothWays(size, sort)
  expect(new Set(ids).size).toBe(ids.length)
  expect(idsOf(forwards)).toEqual(ids)
  expect(idsOf(backwards.toReversed())).toEqual(ids)
  expectPageInfo(forwards, { total: ids.length, size }, 'hasPreviousPage', 'hasNextPage')
  expectPageInfo(backwards, { total: ids.length, size }, 'hasNextPage', 'hasPreviousPage')
}

/** Pages in the order they were read: no page is before the first or after the last, and all but the last are full. */
function expectPageInfo(
  pages: Page[],
  { total, size }: { total: number; size: number },
  behind: 'hasPreviousPage' | 'hasNextPage',
  ahead: 'hasPreviousPage' | 'hasNextPage',
): void {
  expect(pages).toHaveLength(Math.ceil(total / size))
  for (const [index, { edges, pageInfo }] of pages.entries()) {
    const isLast = index === pages.length - 1
    expect(pageInfo[behind]).toBe(index > 0)
    expect(pageInfo[ahead]).toBe(!isLast)
    expect(edges).toHaveLength(isLast ? total - index * size : size)
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor)
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor)
  }
}
