import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCatalogue } from '../../../src/platform/operations/catalogue.ts'
import { restOperations } from '../../../src/platform/rest/rest-operation.ts'
import { schema } from '../../../src/schema.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-operations-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Reads a folder with these files. */
async function read(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const { operations } = await readCatalogue(folder, schema)
  return restOperations(operations)
}

const find = (directives: string, text = 'product(id: $id) { name }', variables = '$id: ID!') =>
  `"A product." query ThingFind(${variables}) ${directives} { ${text} }`

describe('an operation', () => {
  it('is executed without its directives and descriptions, and says what its variables are', async () => {
    const [operation] = await read({
      'thing-find.graphql':
        '"A product." query ThingFind("Which one." $id: ID!) @rest(method: GET, path: "/things/{id}") { product(id: $id) { name } }',
    })
    expect(operation?.text).toBe('query ThingFind($id: ID!) {\n  product(id: $id) {\n    name\n  }\n}')
    expect([operation?.description, operation?.variables[0]?.description]).toEqual(['A product.', 'Which one.'])
  })

  it('gets the description of a variable from the argument or input field that takes it', async () => {
    const filter =
      'products(filter: { nameContains: $name }, first: $first, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } }'
    const [operation] = await read({
      'thing-list.graphql': `"Products." query ThingList($name: String, $first: Int, $after: String) @rest(method: GET, path: "/things") { ${filter} }`,
    })
    expect(operation?.variables.map(({ description }) => description)).toEqual([
      'Products with this text in their name, in any case and with any accents.',
      'How many from the start, or after `after`: 0 to 100; 20 unless given.',
      'Only what comes after this cursor.',
    ])
  })

  it('of a tool leaves personal fields out, unless it is marked', async () => {
    const text = 'customer(id: $id) { name email orders(first: 1) { edges { node { shipTo { street city } } } } }'
    const directive = '@rest(method: GET, path: "/things/{id}") @tool'
    const [plain] = await read({ 'thing-find.graphql': find(directive, text) })
    expect(plain?.tool?.text).not.toMatch(/email|street/)
    expect(plain?.tool?.text).toMatch(/name[\s\S]*city/)
    const [marked] = await read({
      'thing-find.graphql': find(directive.replace('@tool', '@tool(personal: true)'), text),
    })
    expect(marked?.tool?.text).toBe(marked?.text)
  })

  const rest = '@rest(method: GET, path: "/things/{id}")'
  const list = (args: string, selection: string) =>
    `"Products." query ThingList($first: Int, $after: String) { products${args} { ${selection} } }`
  it.each<[what: string, file: string, text: string, says: string | RegExp]>([
    ['that is no GraphQL', 'thing-find.graphql', 'query {', /Syntax Error/],
    ['without a name', 'thing-find.graphql', '{ viewer { kind } }', 'a file has one query or mutation, with a name'],
    [
      'in a file of another name',
      'product.graphql',
      find(rest),
      'the operation ThingFind belongs in a file named thing-find.graphql',
    ],
    ['without a description', 'thing-find.graphql', find(rest).slice('"A product." '.length), 'it needs a description'],
    [
      'of a field that is not there',
      'thing-find.graphql',
      find(rest, 'product(id: $id) { colour }'),
      'Cannot query field "colour" on type "Product".',
    ],
    [
      'with an unknown directive argument',
      'thing-find.graphql',
      find('@rest(method: GET, path: "/", host: "x")'),
      'Unknown argument "host" on directive "@rest".',
    ],
    [
      'with an unknown method',
      'thing-find.graphql',
      find('@rest(method: PUT, path: "/things/{id}")'),
      'Value "PUT" does not exist in "RestMethod" enum.',
    ],
    [
      'with two fields at its root',
      'thing-find.graphql',
      find(rest, 'product(id: $id) { name } viewer { kind }'),
      'it needs one field at its root',
    ],
    [
      'whose answer depends on a variable',
      'thing-find.graphql',
      find(rest, 'product(id: $id) { name @skip(if: $no) }', '$id: ID!, $no: Boolean!'),
      '`name` has a directive',
    ],
    [
      'that changes something by GET',
      'thing-find.graphql',
      '"Ends it." mutation ThingFind($id: ID!) @rest(method: GET, path: "/things/{id}") { orderCancel(input: { orderId: $id }) { userErrors { code message path } } }',
      'a query is a GET, and a mutation is none',
    ],
    [
      'without user errors',
      'thing-find.graphql',
      '"Ends it." mutation ThingFind($id: ID!) { orderCancel(input: { orderId: $id }) { replayed } }',
      'it needs `userErrors { code message path }`',
    ],
    [
      'of a list without its arguments',
      'thing-list.graphql',
      list('(first: $first, after: $after, sort: { field: NAME })', 'edges { node { id } }'),
      'it needs `pageInfo { hasNextPage endCursor }`',
    ],
    [
      'of a list with more than its nodes',
      'thing-list.graphql',
      list('(first: $first, after: $after)', 'edges { cursor node { id } } pageInfo { hasNextPage endCursor }'),
      'it takes `edges { node { … } }`',
    ],
    [
      'with a path that names no variable',
      'thing-find.graphql',
      find('@rest(method: GET, path: "/things/{key}")'),
      'each name in braces of /things/{key} is a variable, once',
    ],
    [
      'with a path that is none',
      'thing-find.graphql',
      find('@rest(method: GET, path: "things/{id}")'),
      'is no path such as /things/{id}',
    ],
    [
      'with a variable too deep for a query string',
      'thing-list.graphql',
      '"Orders." query ThingList($first: Int, $after: String, $filter: OrderFilter) @rest(method: GET, path: "/things") { orders(first: $first, after: $after, filter: $filter) { edges { node { id } } pageInfo { hasNextPage endCursor } } }',
      '`$filter` is too deep for a query string',
    ],
    [
      'that claims to read only',
      'thing-find.graphql',
      '"Ends it." mutation ThingFind($id: ID!) @tool(readOnly: true) { orderCancel(input: { orderId: $id }) { userErrors { code message path } } }',
      'a query is read-only, and a mutation is not',
    ],
    [
      'of which a tool may show nothing',
      'thing-find.graphql',
      find('@tool', 'customer(id: $id) { email }'),
      'without its personal fields',
    ],
  ])('%s is refused', async (_what, file, text, says) => {
    await expect(read({ [file]: text })).rejects.toThrow(says)
  })

  it('is refused together with all others that have faults, each with its file', async () => {
    const files = { 'thing-find.graphql': find(rest, 'product(id: $id) { colour }'), 'other.graphql': 'nothing' }
    const failed = await read(files).catch((error: Error) => error.message)
    expect(failed).toMatch(
      /^The named operations have 2 fault\(s\):\n {2}- .*other\.graphql: Syntax Error.*\n {2}- .*thing-find\.graphql: Cannot query/,
    )
  })

  it('shares no path with another', async () => {
    const other = find('@rest(method: GET, path: "/things/{key}")', 'product(id: $key) { name }', '$key: ID!').replace(
      'ThingFind',
      'ThingShow',
    )
    await expect(read({ 'thing-find.graphql': find(rest), 'thing-show.graphql': other })).rejects.toThrow(
      'ThingShow and ThingFind are both at GET /things/{key}',
    )
  })
})
