import { isInterfaceType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldsOf, keyFieldsOf, type Model } from '../../src/platform/database/data-model.ts'
import { textOf } from '../../src/platform/database/row-key.ts'
import { encodeId, isSealed, prefixOf } from '../../src/platform/graphql/ids.ts'
import { schema } from '../../src/schema.ts'
import { codesOf, createWorld, dataOf, type World } from '../support/world.ts'
import { addRows, connectionFields, Lists, nodeOf } from './support/connections.ts'

// Relay's object identification: https://relay.dev/graphql/objectidentification.htm

const node = z.object({ __typename: z.string(), id: z.string() })
type Node = z.infer<typeof node>

const connections = connectionFields(schema)
const roots = connections.filter(({ atRoot }) => atRoot)
const nodeType = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeType) ? schema.getPossibleTypes(nodeType).map(({ name }) => name) : []
const absent = '00000000-0000-7000-8000-000000000000'

let world: World
let lists: Lists
beforeAll(async () => {
  world = await createWorld()
  await addRows(world)
  lists = new Lists(world, connections)
})
afterAll(() => world.close())

describe('Node', () => {
  it('is an interface with one field, a non-null id', () => {
    const fields = isInterfaceType(nodeType) ? Object.values(nodeType.getFields()) : []
    expect(fields.map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!'])
  })

  it('is the type of node and nodes, null for an unknown object', () => {
    const { node, nodes } = schema.getQueryType()?.getFields() ?? {}
    expect(node?.args.map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!'])
    expect(String(node?.type)).toBe('Node')
    expect(nodes?.args.map(({ name, type }) => `${name}: ${type}`)).toEqual(['ids: [ID!]!'])
    expect(String(nodes?.type)).toBe('[Node]!')
  })

  it('is implemented by every type that a connection lists', () => {
    const listed = connections.map(({ connection }) => nodeOf(connection)?.name)
    expect(nodeTypes).toEqual(expect.arrayContaining(listed))
  })
})

describe('an id', () => {
  it.for(roots)(
    'of every node of $name is found again by nodes, in order, and by node',
    async (connection, { skip }) => {
      const list = await lists.first(connection, skip)
      const listed = (await list.forwards(100)).map(({ edges }) => edges.map((edge) => edge.node))
      for (const page of listed) {
        expect(page.every(({ id, __typename }) => id.startsWith(`${prefixOf(__typename)}_`))).toBe(true)
        expect(await byNodes(page.map(({ id }) => id))).toEqual(page)
        expect(await byNode(page.map(({ id }) => id))).toEqual(page)
      }
    },
  )

  it.each(nodeTypes)('of an unknown %s gives null from node and nodes, and no error', async (typename) => {
    const id = unknownId(typename)
    expect(await byNode([id])).toEqual([null])
    expect(await byNodes([id])).toEqual([null])
  })

  it.each([
    '',
    'x',
    'api_key',
    absent,
    `api_key_${absent}`,
    encodeId('Viewer', absent),
    encodeId('Query', absent),
    encodeId('ApiKey', absent).toUpperCase(),
    `${encodeId('ApiKey', absent)}0`,
    encodeId('ApiKey', absent).replace('0', '8'),
    Buffer.from(`ApiKey:${absent}`).toString('base64'),
  ])('such as "%s" is refused by node and nodes', async (id) => {
    const one = await world.as('admin').query('query ($id: ID!) { node(id: $id) { id } }', { id })
    expect(codesOf(one)).toEqual(['INVALID_ID'])
    const many = await world.as('admin').query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [id] })
    expect(codesOf(many)).toEqual(['INVALID_ID'])
  })

  it('among others is null at its place in nodes, with an error there, and the others are answered', async () => {
    const { id: key } = await world.client.apiKey.findFirstOrThrow()
    const [good, none] = [encodeId('ApiKey', key), encodeId('ApiKey', absent)]
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    for (let time = 0; time < 3; time++) {
      const answered = await world
        .as('admin')
        .query(query, { ids: ['x', good, none, encodeId('Viewer', absent), good] })
      expect(answered.data).toEqual({ nodes: [null, { id: good }, null, null, { id: good }] })
      expect(answered.errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
        [['nodes', 0], 'INVALID_ID'],
        [['nodes', 3], 'INVALID_ID'],
      ])
    }
  })
})

/** An id of this type that no row has. */
function unknownId(typename: string): string {
  return encodeId(typename, isSealed(typename) ? textOf(keyFieldsOf(typename).map(absentIn(typename))) : absent)
}

/** The text of a value of a key that no row has. */
function absentIn(model: Model): (field: string) => string {
  return (name) => {
    const field = fieldsOf(model).get(name)
    if (field === undefined || field.kind === 'relation') throw new Error(`${model} has no column ${name}`)
    return absentOf[field.nativeType ?? ''] ?? absentOf[field.type] ?? 'absent'
  }
}

const absentOf: Record<string, string> = {
  Uuid: absent,
  Int: '-1',
  BigInt: '-1',
  Decimal: '-1',
  Float: '-1',
  Boolean: 'false',
  DateTime: '0001-01-01T00:00:00Z',
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
