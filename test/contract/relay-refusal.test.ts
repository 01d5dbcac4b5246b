import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { codesOf, createWorld, type World } from '../support/world.ts'
import {
  addRows,
  type ConnectionField,
  connectionFields,
  type List,
  Lists,
  type PageArguments,
} from './support/connections.ts'

const connections = connectionFields(schema)

let world: World
let lists: Lists
beforeAll(async () => {
  world = await createWorld({ env: { MAX_TOKENS: '10000' } })
  await addRows(world)
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

  it.for(cases)('of $shown is refused by $name, not clamped', async ({ connection, asked }, { skip }) => {
    const list = await lists.first(connection, skip)
    await expectRefusal(list, connection, [asked], 'INVALID_PAGE_SIZE')
  })

  it.for(connections)('of 100 is served by $name, from either end', async (connection, { skip }) => {
    const list = await lists.first(connection, skip)
    const first = await list.page({ first: 50 })
    const second = await list.page({ first: 50, after: first.pageInfo.endCursor })
    expect((await list.page({ first: 100 })).edges).toEqual([...first.edges, ...second.edges])
    const last = await list.page({ last: 50 })
    const secondLast = await list.page({ last: 50, before: last.pageInfo.startCursor })
    expect((await list.page({ last: 100 })).edges).toEqual([...secondLast.edges, ...last.edges])
  })

  it.for(connections)('is checked by $name also where only the count is requested', async (connection, { skip }) => {
    const list = await lists.first(connection, skip)
    expect(codesOf(await list.ask({ first: 101 }, 'totalCount'))).toEqual(['INVALID_PAGE_SIZE'])
  })
})

describe('a cursor', () => {
  const ends = ['after', 'before'] as const
  const cases = connections.flatMap((connection) => ends.map((end) => ({ name: connection.name, connection, end })))

  it.for(cases)('that was forged is refused by $name as $end', async ({ connection, end }, { skip }) => {
    const list = await lists.first(connection, skip)
    const asked = forgeries(await cursorOf(connection)).map((forged) => ({ first: 3, [end]: forged }))
    await expectRefusal(list, connection, asked, 'INVALID_CURSOR')
  })

  it.for(cases)('of another order is refused by $name as $end', async ({ connection, end }, { skip }) => {
    const list = await lists.first(connection, skip)
    for (const sort of sortsOf(connection)) {
      const others = sortsOf(connection).filter((other) => !isDeepStrictEqual(other, sort))
      const cursors = await Promise.all(others.map((other) => cursorOf(connection, other)))
      const asked = cursors.map((cursor) => ({ first: 3, sort, [end]: cursor }))
      await expectRefusal(list, connection, asked, 'INVALID_CURSOR')
    }
  })

  it.for(cases)('of a list of another type is refused by $name as $end', async ({ connection, end }, { skip }) => {
    const list = await lists.first(connection, skip)
    const others = connections.filter((other) => other.connection !== connection.connection)
    const cursors = await Promise.all((await lists.filled(others)).map((other) => cursorOf(other)))
    expect(cursors.length).toBeGreaterThan(0)
    const asked = cursors.map((cursor) => ({ first: 3, [end]: cursor }))
    await expectRefusal(list, connection, asked, 'INVALID_CURSOR')
  })

  it('signed with another server’s secret is refused', async () => {
    await using other = await createWorld({ env: { CURSOR_SECRET: 'another secret, of thirty-two characters' } })
    await addRows(other)
    const roots = await lists.filled(connections.filter(({ atRoot }) => atRoot))
    expect(roots.length).toBeGreaterThan(0)
    for (const connection of roots) {
      const cursor = await secondCursor(await new Lists(other, connections).first(connection))
      const list = await lists.first(connection)
      await expectRefusal(list, connection, [{ first: 3, after: cursor }], 'INVALID_CURSOR')
    }
  })
})

/** Each of these lists is refused alone, with any neighbours. */
async function expectRefusal(
  list: List,
  { atRoot }: ConnectionField,
  asked: readonly PageArguments[],
  code: string,
): Promise<void> {
  const { data, errors = [] } = await list.askTogether(asked)
  const refused = asked.map((_page, at) => `list${at}`)
  expect(errors.map(({ path = [], extensions }) => [path.join('.'), extensions.code])).toEqual(
    refused.map((name) => [atRoot ? name : `node.${name}`, code]),
  )
  const nothing = Object.fromEntries(refused.map((name) => [name, null]))
  expect(data).toEqual(atRoot ? nothing : { node: nothing })
}

const cursors = new Map<string, Promise<string>>()

/** The cursor of the second row of a connection's first list, which is read once. */
function cursorOf(connection: ConnectionField, sort?: PageArguments['sort']): Promise<string> {
  const key = `${connection.name} ${JSON.stringify(sort)}`
  const cursor = cursors.get(key) ?? lists.first(connection).then((list) => secondCursor(list, sort))
  cursors.set(key, cursor)
  return cursor
}

async function secondCursor(list: List, sort?: PageArguments['sort']): Promise<string> {
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
