import { z } from 'zod'
import { type Sown, sowRows } from './sown-rows.ts'
import { codesOf, createWorld, dataOf, type World } from './world.ts'

/** A noun of the API, as a test of it needs to know it. */
interface Noun {
  /** The field for one, and the list: `artist`, `artists`. */
  one: string
  many: string
  type: string
  /** Selected wherever a row is read. */
  fields: string
  /** Whether the list has pages. One without a key has none, and its rows have no ids. */
  isPaged: boolean
  /** Inputs of its mutations that GraphQL takes, by their names. */
  mutations?: Readonly<Record<string, object>>
}

const row = z.looseObject({ id: z.string() })
const edges = z.object({ edges: z.array(z.object({ node: row })) })
const payload = z.looseObject({ userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })) })

type Row = z.infer<typeof row>

/** What a test asks of one noun, on a database that has three rows of each. */
export class NounTest {
  readonly #noun: Noun
  readonly #sown: Sown
  #world: World | undefined

  constructor(noun: Noun, sown: Sown) {
    this.#noun = noun
    this.#sown = sown
  }

  async open(): Promise<void> {
    this.#world = await createWorld({ data: 'empty', prepare: ({ ownerUrl }) => sowRows(ownerUrl, this.#sown) })
  }

  async close(): Promise<void> {
    await this.#world?.close()
  }

  get world(): World {
    if (!this.#world) throw new Error('open() comes first')
    return this.#world
  }

  /** What each root field of the noun answers to a viewer: the codes of its errors. */
  async codes(viewer: string): Promise<Record<string, string[]>> {
    const { one, many, isPaged, mutations = {} } = this.#noun
    const codes = async (query: string, variables = {}) => codesOf(await this.world.as(viewer).query(query, variables))
    const found = [
      [many, await codes(isPaged ? `{ ${many} { totalCount } }` : `{ ${many} { __typename } }`)] as const,
      ...(isPaged ? [[one, await codes(`{ ${one}(id: "${one}_0") { id } }`)] as const] : []),
      ...(await Promise.all(
        Object.entries(mutations).map(
          async ([name, input]) => [name, await codes(mutationOf(name), { input })] as const,
        ),
      )),
    ]
    return Object.fromEntries(found)
  }

  /** The rows that an admin sees, by the arguments of the list. */
  async rows(args: object = {}): Promise<Row[]> {
    const { many, fields, type, isPaged } = this.#noun
    if (!isPaged)
      return (
        dataOf(
          await this.#ask(`{ ${many} { ${fields} } }`),
          z.record(z.string(), z.array(z.looseObject({ id: z.string().default('') }))),
        )[many] ?? []
      )
    const declared = Object.keys(args).map(
      (name) => `$${name}: ${type}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    )
    const given = Object.keys(args).map((name) => `${name}: $${name}`)
    const query = `query${bracketed(declared)} { ${many}${bracketed(['first: 20', ...given])} { edges { node { ${fields} } } } }`
    const list = dataOf(await this.#ask(query, { ...args }), z.record(z.string(), edges))[many]
    return (list?.edges ?? []).map(({ node }) => node)
  }

  /** The first row. */
  async row(): Promise<Row> {
    const [first] = await this.rows()
    if (!first) throw new Error(`There are no ${this.#noun.many}: give the rows of their table values that it takes`)
    return first
  }

  /** A row that is there. */
  async see(id: string): Promise<Row> {
    return row.parse(await this.byId(id))
  }

  byId(id: string): Promise<unknown> {
    const { one, fields } = this.#noun
    return this.#only(`query ($id: ID!) { ${one}(id: $id) { ${fields} } }`, { id })
  }

  asNode(id: string): Promise<unknown> {
    const { type, fields } = this.#noun
    return this.#only(`query ($id: ID!) { node(id: $id) { ... on ${type} { ${fields} } } }`, { id })
  }

  sorted(field: string, direction: 'ASC' | 'DESC'): Promise<Row[]> {
    return this.rows({ sort: { field, direction } })
  }

  /** What a filter finds for the first value of the rows, and the rows that have it: each as ids. */
  async filtered(
    filter: string,
    path: string,
    form: 'value' | 'range' | 'list',
  ): Promise<{ found: string[]; expected: string[] }> {
    const rows = await this.rows()
    const value = rows.map((each) => at(each, path)).find((each) => each != null)
    const condition = form === 'range' ? { from: value, to: value } : form === 'list' ? [value] : value
    const found = await this.rows({ filter: { [filter]: condition } })
    const expected = rows.filter((each) => JSON.stringify(at(each, path)) === JSON.stringify(value))
    return { found: found.map(({ id }) => id), expected: expected.map(({ id }) => id) }
  }

  /** The id of a row of another list. */
  async idOf(many: string, place = 0): Promise<string> {
    const found = edges.parse(await this.#only(`{ ${many}(first: 3) { edges { node { id } } } }`))
    const id = found.edges[place]?.node.id
    if (id === undefined)
      throw new Error(`There are too few ${many}: give the rows of their table values that it takes`)
    return id
  }

  /** The id of the row that a mutation has written. */
  async write(mutation: string, input: object): Promise<string> {
    const { one } = this.#noun
    const { userErrors, [one]: written } = payload.parse(
      await this.#only(mutationOf(mutation, `${one} { id }`), { input }),
    )
    if (userErrors.length > 0) throw new Error(`${mutation} is refused: ${JSON.stringify(userErrors)}`)
    return row.nullable().parse(written)?.id ?? ''
  }

  /** What a mutation is refused with, as `CODE input`. Nothing may have changed. */
  async refusals(mutation: string, input: object): Promise<string[]> {
    const before = await this.rows()
    const { userErrors } = payload.parse(await this.#only(mutationOf(mutation), { input }))
    const after = await this.rows()
    if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error(`${mutation} has changed something`)
    return userErrors.map(({ code, path }) => [code, ...path.slice(1)].join(' '))
  }

  /** How many statements an operation of this noun sends. */
  async statements(call: () => Promise<unknown>): Promise<number> {
    return (await this.world.statementsOf(call)).length
  }

  #ask(query: string, variables: Record<string, unknown> = {}) {
    return this.world.as('admin').query(query, variables)
  }

  async #only(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
    return Object.values(dataOf(await this.#ask(query, variables), z.record(z.string(), z.unknown())))[0]
  }
}

function mutationOf(name: string, fields = ''): string {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code path } ${fields} } }`
}

function bracketed(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `(${parts.join(', ')})`
}

/** The value at a path such as `artist.id`. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((part, name) => (typeof part === 'object' && part !== null ? Reflect.get(part, name) : undefined), value)
}
