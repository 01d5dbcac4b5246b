import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { codesOf, createWorld, type World } from '../support/world.ts'
import {
  addApiKeys,
  type ConnectionField,
  connectionFields,
  type List,
  Lists,
  lengthenLedgers,
  lengthenTrail,
  type PageArguments,
} from './support/connections.ts'

const connections = connectionFields(schema)

let world: World
let lists: Lists
beforeAll(async () => {
  world = await createWorld()
  await lengthenLedgers(world)
  await addApiKeys(world)
  lists = new Lists(world, connections)
})
afterAll(() => world.close())

describe('a page size', () => {
  const refused: PageArguments[] = [
    { first: 101 },
    { last: 101 },
    { first: -1 },
    { last: -1 },
    { first: 2_147_483_647 },
    { first: 5, last: 5 },
    { first: 0, last: 0 },
  ]
  const cases = connections.flatMap((connection) =>
    refused.map((asked) => ({ name: connection.name, connection, asked, shown: JSON.stringify(asked) })),
  )

  it.each(cases)('of $shown is refused by $name, not clamped', async ({ connection, asked }) => {
    const list = await lists.first(connection)
    await expectRefusal(list, connection, asked, 'INVALID_PAGE_SIZE')
  })

  it.each(connections)('of 100 is served by $name, from either end', async (connection) => {
    const list = await lists.first(connection)
    expect((await list.page({ first: 100 })).edges).toEqual((await list.forwards(100))[0]?.edges)
    expect((await list.page({ last: 100 })).edges).toEqual((await list.backwards(100))[0]?.edges)
  })

  it.each(connections)('is refused by $name also where only the count is asked for', async (connection) => {
    const list = await lists.first(connection)
    expect(codesOf(await list.ask({ first: 101 }, 'totalCount'))).toEqual(['INVALID_PAGE_SIZE'])
  })
})

describe('a cursor', () => {
  const ends = ['after', 'before'] as const
  const cases = connections.flatMap((connection) => ends.map((end) => ({ name: connection.name, connection, end })))

  it.each(cases)('that was forged is refused by $name as $end', async ({ connection, end }) => {
    const list = await lists.first(connection)
    for (const forged of forgeries(await cursorOf(list))) {
      await expectRefusal(list, connection, { first: 3, [end]: forged }, 'INVALID_CURSOR')
    }
  })

  it.each(cases)('of another order is refused by $name as $end', async ({ connection, end }) => {
    const list = await lists.first(connection)
    const sorts = sortsOf(connection)
    for (const given of sorts) {
      const cursor = await cursorOf(list, given)
      for (const sort of sorts.filter((other) => other !== given)) {
        await expectRefusal(list, connection, { first: 3, sort, [end]: cursor }, 'INVALID_CURSOR')
      }
    }
  })

  it.each(cases)('of a list of another type is refused by $name as $end', async ({ connection, end }) => {
    const list = await lists.first(connection)
    const others = connections.filter((other) => other.connection !== connection.connection)
    expect(others.length).toBeGreaterThan(0)
    for (const other of others) {
      const cursor = await cursorOf(await lists.first(other))
      await expectRefusal(list, connection, { first: 3, [end]: cursor }, 'INVALID_CURSOR')
    }
  })

  it('signed with the secret of another server is refused', async () => {
    await using other = await createWorld({ env: { CURSOR_SECRET: 'another secret, of thirty-two characters' } })
    await addApiKeys(other)
    await lengthenTrail(other)
    for (const connection of connections.filter(({ atRoot }) => atRoot)) {
      const cursor = await cursorOf(await new Lists(other, connections).first(connection))
      const list = await lists.first(connection)
      await expectRefusal(list, connection, { first: 3, after: cursor }, 'INVALID_CURSOR')
    }
  })
})

it('a list that is refused below many parents costs no statement, and takes none of them along', async () => {
  const query = `{ customers(first: 3) { edges { node { name orders(after: "x") { totalCount edges { node { id } } } } } } }`
  const statements = await world.statementsOf(async () => {
    const { data, errors = [] } = await world.as('admin').query(query)
    expect(errors.map(({ path = [] }) => path.join('.'))).toEqual(
      [0, 1, 2].map((index) => `customers.edges.${index}.node.orders`),
    )
    expect(data).toMatchObject({
      customers: { edges: Array(3).fill({ node: { name: expect.any(String), orders: null } }) },
    })
  })
  expect(statements).toHaveLength(1)
})

/** The list alone is refused, whatever stands beside it. */
async function expectRefusal(
  list: List,
  { atRoot }: ConnectionField,
  asked: PageArguments,
  code: string,
): Promise<void> {
  const answered = await list.ask(asked)
  expect(codesOf(answered)).toEqual([code])
  expect(answered.errors?.[0]?.path).toEqual(atRoot ? ['list'] : ['node', 'list'])
  expect(answered.data).toEqual(atRoot ? { list: null } : { node: { list: null } })
}

async function cursorOf(list: List, sort?: PageArguments['sort']): Promise<string> {
  const { edges } = await list.page({ first: 2, sort })
  const cursor = edges[1]?.cursor
  if (cursor === undefined) throw new Error('the list has no second row')
  return cursor
}

function sortsOf({ sortFields }: ConnectionField) {
  return sortFields.flatMap((field) => ['ASC', 'DESC'].map((direction) => ({ field, direction })))
}

function forgeries(cursor: string): string[] {
  const bytes = Buffer.from(cursor, 'base64url')
  const flipped = (index: number) => {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(index) ^ 1, index)
    return copy.toString('base64url')
  }
  return [
    '',
    'x',
    'not a cursor',
    '\u{1f3ca}',
    cursor.slice(0, -1),
    cursor.slice(0, -4),
    cursor.slice(0, 21),
    cursor.slice(4),
    `${cursor}A`,
    `${cursor}=`,
    ` ${cursor}`,
    cursor.toUpperCase(),
    cursor.repeat(2),
    flipped(0),
    flipped(15),
    flipped(16),
    flipped(bytes.length - 1),
    bytes.subarray(16).toString('base64url'),
    Buffer.concat([Buffer.alloc(16), bytes.subarray(16)]).toString('base64url'),
  ]
}
