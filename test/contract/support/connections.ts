import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql'
import { z } from 'zod'
import { uuidV7 } from '../../../src/platform/database/uuid-v7.ts'
import { domain } from '../../../src/schema.ts'
import { type Answer, dataOf, type World } from '../../support/world.ts'
import { addBulkExports } from './bulk-exports.ts'
import { addWebhooks } from './webhooks.ts'

/** A connection field, anywhere in the schema. */
export interface ConnectionField {
  /** `Query.webhooks`, `Webhook.deliveries` */
  name: string
  parent: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  connection: GraphQLObjectType
  atRoot: boolean
  sortType: string
  sortFields: string[]
}

export interface PageArguments {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
  sort?: { field: string; direction: string }
}

const connection = z.object({
  totalCount: z.number().optional(),
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string(), __typename: z.string() }) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    startCursor: z.string().nullable(),
    endCursor: z.string().nullable(),
  }),
})

export type Page = z.infer<typeof connection>

const pageSelection =
  'edges { cursor node { id __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

export function connectionFields(schema: GraphQLSchema): ConnectionField[] {
  const objects = Object.values(schema.getTypeMap()).filter(isObjectType)
  return objects.flatMap((parent) =>
    Object.values(parent.getFields()).flatMap((field) => {
      const type = getNamedType(field.type)
      // Rows without a key have no id to tell them by.
      if (!isObjectType(type) || !type.name.endsWith('Connection') || !nodeOf(type)?.getFields().id) return []
      const sort = field.args.find(({ name }) => name === 'sort')
      // The list of a join table has one order, and a test of its own: many-to-many.test.ts.
      if (!sort) return []
      return [
        {
          name: `${parent.name}.${field.name}`,
          parent,
          field,
          connection: type,
          atRoot: parent === schema.getQueryType(),
          sortType: String(sort.type),
          sortFields: sortFieldsOf(sort),
        },
      ]
    }),
  )
}

/** The type of the objects that a connection lists. */
export function nodeOf(connection: GraphQLObjectType): GraphQLObjectType | undefined {
  const edge = getNamedType(connection.getFields().edges?.type)
  const node = isObjectType(edge) ? getNamedType(edge.getFields().node?.type) : undefined
  return isObjectType(node) ? node : undefined
}

function sortFieldsOf({ type }: GraphQLArgument): string[] {
  const input = getNamedType(type)
  const field = isInputObjectType(input) ? getNamedType(input.getFields().field?.type) : undefined
  return isEnumType(field) ? field.getValues().map(({ name }) => name) : []
}

/** The stable part of a list that grows while it is read. */
const standingParts: Record<string, string> = {
  'Query.auditEvents': 'filter: { occurred: { until: "2000-01-01T00:00:00Z" } }',
}

/** One list, read over HTTP as the admin: a root connection, or one below the parent with this id. */
export class List {
  readonly #world: World
  readonly #connection: ConnectionField
  readonly #parentId: string | undefined
  readonly #walked = new Map<string, Promise<Page[]>>()

  constructor(world: World, connection: ConnectionField, parentId?: string) {
    this.#world = world
    this.#connection = connection
    this.#parentId = parentId
  }

  ask(asked: PageArguments, selection?: string): Promise<Answer> {
    return this.askTogether([asked], selection)
  }

  /** Several pages in one request: `list0`, `list1`, … */
  askTogether(asked: readonly PageArguments[], selection = pageSelection): Promise<Answer> {
    const { parent, field, sortType, atRoot } = this.#connection
    const standing = standingParts[this.#connection.name] ?? ''
    const types = { first: 'Int', last: 'Int', after: 'String', before: 'String', sort: sortType }
    const names = Object.keys(types)
    const lists = asked.map((_page, at) => {
      return `list${at}: ${field.name}(${names.map((name) => `${name}: $${name}${at}`).join(' ')} ${standing}) { ${selection} }`
    })
    const declared = asked.flatMap((_page, at) => Object.entries(types).map(([name, type]) => `$${name}${at}: ${type}`))
    const given = asked.flatMap((page, at) => Object.entries(page).map(([name, value]) => [`${name}${at}`, value]))
    const query = atRoot
      ? `query (${declared.join(' ')}) { ${lists.join(' ')} }`
      : `query ($parent: ID!, ${declared.join(' ')}) { node(id: $parent) { ... on ${parent.name} { ${lists.join(' ')} } } }`
    return this.#world.as('admin').query(query, { ...Object.fromEntries(given), parent: this.#parentId })
  }

  async page(asked: PageArguments, selection = pageSelection): Promise<Page> {
    const answered = await this.ask(asked, selection)
    return this.#read(answered, z.object({ list0: connection })).list0
  }

  #read<T>(answered: Answer, shape: z.ZodType<T>): T {
    return this.#connection.atRoot ? dataOf(answered, shape) : dataOf(answered, z.object({ node: shape })).node
  }

  counted(asked: PageArguments): Promise<Page> {
    return this.page(asked, `totalCount ${pageSelection}`)
  }

  /** The whole list in as few pages as possible, read once, because nothing changes it. */
  whole(sort?: PageArguments['sort']): Promise<Page[]> {
    const order = JSON.stringify(sort)
    const walked = this.#walked.get(order) ?? this.forwards(100, sort)
    this.#walked.set(order, walked)
    return walked
  }

  /** Every page from the start to the end, with `after`. */
  async forwards(size: number, sort?: PageArguments['sort']): Promise<Page[]> {
    const pages: Page[] = []
    for (let after: string | null = null; ; ) {
      const page: Page = await this.page({ first: size, after, sort })
      pages.push(page)
      if (!page.pageInfo.hasNextPage) return pages
      after = page.pageInfo.endCursor
    }
  }

  /** Every page from the start to the end with `after`, and from the end to the start with `before`. */
  async bothWays(size: number, sort: PageArguments['sort']): Promise<{ forwards: Page[]; backwards: Page[] }> {
    const forwards: Page[] = []
    const backwards: Page[] = []
    const both = z.object({ list0: connection, list1: connection })
    for (let [after, before]: (string | null)[] = [null, null]; ; ) {
      const asked: PageArguments[] = [
        { first: size, after, sort },
        { last: size, before, sort },
      ]
      const { list0: next, list1: previous }: z.infer<typeof both> = this.#read(await this.askTogether(asked), both)
      forwards.push(next)
      backwards.push(previous)
      if (!next.pageInfo.hasNextPage || !previous.pageInfo.hasPreviousPage) return { forwards, backwards }
      after = next.pageInfo.endCursor
      before = previous.pageInfo.startCursor
    }
  }
}

/** The number of lists of a nested connection that are read, each below a parent of its own. */
const parentsWalked = 3
/** What a list has at least. Shorter ones have no middle. */
const rowsWalked = 3

/** The lists of a connection that have enough rows: one at the root, or those below the first parents. */
export class Lists {
  readonly #world: World
  readonly #connections: ConnectionField[]
  readonly #found = new Map<string, Promise<List[]>>()

  constructor(world: World, connections: ConnectionField[]) {
    this.#world = world
    this.#connections = connections
  }

  /** Without any the test is skipped, and says so. */
  async of(connection: ConnectionField, skip: (reason: string) => void = () => {}): Promise<List[]> {
    const found = this.#found.get(connection.name) ?? this.#find(connection)
    this.#found.set(connection.name, found)
    const lists = await found
    if (lists.length === 0) skip(`${connection.name} has fewer than ${rowsWalked} rows in the databases of the tests`)
    return lists
  }

  async first(connection: ConnectionField, skip?: (reason: string) => void): Promise<List> {
    const [list] = await this.of(connection, skip)
    if (!list) throw new Error(`${connection.name} has no rows`)
    return list
  }

  /** Connections that have enough rows. */
  async filled(connections: readonly ConnectionField[]): Promise<ConnectionField[]> {
    const filled: ConnectionField[] = []
    for (const connection of connections) {
      if ((await this.of(connection)).length > 0) filled.push(connection)
    }
    return filled
  }

  async #find(connection: ConnectionField): Promise<List[]> {
    const lists: List[] = []
    for (const list of await this.#candidates(connection)) {
      if ((await list.page({ first: rowsWalked })).edges.length === rowsWalked) lists.push(list)
      if (lists.length === parentsWalked) break
    }
    return lists
  }

  async #candidates(connection: ConnectionField): Promise<List[]> {
    if (connection.atRoot) return [new List(this.#world, connection)]
    const parents = this.#connections.find((other) => other.atRoot && nodeOf(other.connection) === connection.parent)
    if (!parents) return []
    const { edges } = await new List(this.#world, parents).page({ first: 50 })
    return edges.map(({ node }) => new List(this.#world, connection, node.id))
  }
}

/** Rows of the platform, and those that the domain adds: `addRows` in `test/NAME/support/contract-rows.ts`, if it has one. */
export async function addRows(world: World): Promise<void> {
  await lengthenTrail(world)
  await addApiKeys(world)
  await addWebhooks(world)
  await addBulkExports(world)
  const path = join(import.meta.dirname, `../../${domain.name}/support/contract-rows.ts`)
  if (!existsSync(path)) return
  const module: { addRows(world: World): Promise<void> } = await import(pathToFileURL(path).href)
  await module.addRows(world)
}

/** A list of API keys, of which some are equal in all but their id. */
async function addApiKeys({ client }: World): Promise<void> {
  const keys = Array.from({ length: 30 }, (_, index) => ({
    name: `Key ${index % 10}`,
    hint: 'test',
    secretHash: Uint8Array.from([index]),
    creatorKind: 'staff',
    createdAt: new Date(Math.floor(index / 3) * 1000),
    expiresAt: new Date((index % 7) * 1000),
  }))
  await client.apiKey.createMany({ data: keys })
}

/** Old audit entries to read. */
export async function lengthenTrail({ client }: World): Promise<void> {
  const [requestId, principalKind, action] = ['of-old', 'staff', 'read']
  const lists = { subjectIds: [], fields: [], codes: [] }
  const days = Array.from({ length: 24 }, (_, index) => new Date(Date.UTC(1999, 0, 1 + Math.floor(index / 3))))
  await client.auditEvent.createMany({
    data: days.map((occurredAt) => {
      return { id: uuidV7(), occurredAt, requestId, principalKind, action, outcome: 'DONE', ...lists }
    }),
  })
}

export function idsOf(pages: Page[]): string[] {
  return pages.flatMap(({ edges }) => edges.map(({ node }) => node.id))
}
