import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isLeafType,
  isObjectType,
} from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { openApp } from '../../../src/app.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { schema } from '../../../src/schema.ts'
import { orderIn } from '../../commerce/support/orders.ts'
import { type ShopWithServices, shopWithServices } from '../../commerce/support/remote-services.ts'
import type { World } from '../../support/world.ts'
import { type Draw, oneOf, seed } from '../support/draw.ts'

/** Each document is executed as each of them, on both routes. */
const viewers = ['anonymous', 'customer ALFKI', 'customer BONAP', 'support', 'analyst', 'admin']
const documents = Number(process.env.COMPILED_DOCUMENTS ?? 40)
/** In milliseconds; far more than they take. */
const timeBound = 180 * documents * viewers.length

const unlimited = {
  MAX_COST: '1000000000',
  MAX_DEPTH: '100',
  MAX_TOKENS: '100000',
  MAX_ALIASES: '1000',
  MAX_DIRECTIVES: '1000',
  SUSPICIOUS_DENIALS_PER_MINUTE: '1000000',
  SUSPICIOUS_PERSONAL_READS_PER_MINUTE: '100000000',
}

let shop: ShopWithServices
let world: World
/** The same data without the fast path: the general route executes every document. */
let general: Awaited<ReturnType<typeof openGeneral>>
const headers = new Map<string, Record<string, string>>()
beforeAll(async () => {
  shop = await shopWithServices(unlimited)
  world = shop.world
  general = await openGeneral(world)
  await orderIn(world, 'RETURNED')
  const { id } = await world.client.order.findUniqueOrThrow({ where: { number: 10_643 } })
  anOrder = encodeId('Order', id)
  for (const viewer of viewers) {
    const token = viewer === 'anonymous' ? undefined : await world.tokenFor(viewer)
    headers.set(viewer, token ? { authorization: `Bearer ${token}` } : {})
    // A server knows the rate limit of a token once it has verified it, and then names it also where it refuses a document.
    await Promise.all([general, world].map((server) => ask(viewer, '{ __typename }', {}, server)))
  }
})
afterAll(async () => {
  await general.close()
  await shop.close()
})

async function openGeneral({ config, serverDatabaseUrl }: World) {
  const logLines: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => logLines.push(line) })
  const alone = { ...config, cache: { ...config.cache, bytes: 0 } }
  const { url, close } = await openApp(alone, serverDatabaseUrl, log, { hasFastPath: false })
  return { url, logLines, close }
}

const answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        path: z.unknown().optional(),
        extensions: z.looseObject({ code: z.string() }),
      }),
    )
    .optional(),
  extensions: z.looseObject({ cost: z.looseObject({ requested: z.number(), actual: z.number() }) }).optional(),
})
const line = z.looseObject({
  requestId: z.string(),
  statements: z.number().default(0),
  rows: z.number().default(0),
  compiled: z.boolean().optional(),
})

/** The outcome of a query, as its client and the database see it. */
async function ask(
  viewer: string,
  query: string,
  variables: object,
  { url, logLines }: { url: string; logLines: string[] } = world,
) {
  const requestId = randomUUID()
  const reply = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...headers.get(viewer), 'content-type': 'application/json', 'x-request-id': requestId },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors = [], extensions } = answer.parse(await reply.json())
  const told = errors.map(({ message, path, extensions: { code } }) => JSON.stringify({ message, path, code })).sort()
  const logged =
    logLines.findLast((text) => text.includes(requestId) && text.includes('"operation"')) ?? `{"requestId":""}`
  const { statements, rows, compiled } = line.parse(JSON.parse(logged))
  const cost = extensions?.cost && [extensions.cost.requested, extensions.cost.actual]
  // As text, because the order of fields is part of a response.
  const head = ['content-type', 'cache-control', 'vary', 'ratelimit-policy'].map((name) => reply.headers.get(name))
  const seen = { status: reply.status, head, data: JSON.stringify(data), told, cost }
  return { compiled: compiled ?? false, seen, statements, rows }
}

describe('a compiled document', () => {
  it(
    `answers as the general executor does: ${documents} random documents, by ${viewers.length} viewers`,
    async () => {
      const tried = { pairs: 0, compiled: 0, fewer: 0 }
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (draw) => {
          const { query, variables } = new RandomQuery(draw).make()
          // From the second time on it is compiled.
          await ask('anonymous', query, variables)
          await Promise.all(
            viewers.map(async (viewer) => {
              const expected = await ask(viewer, query, variables, general)
              let compiled = await ask(viewer, query, variables)
              // On the general route, the timing of root fields decides which keys a loader batches.
              for (
                let again = 0;
                again < 5 && !compiled.compiled && compiled.statements > expected.statements;
                again++
              ) {
                compiled = await ask(viewer, query, variables)
              }
              expect(expected.compiled).toBe(false)
              const { told, ...seen } = compiled.seen
              tried.pairs++
              if (compiled.compiled) tried.compiled++
              // An error that empties the whole response sends it while other fields still read: it may miss their errors.
              if (expected.seen.data === 'null') {
                expect({ ...seen, told: [] }, query).toEqual({ ...expected.seen, told: [] })
                expect(
                  expected.seen.told.filter((error) => told.includes(error)),
                  query,
                ).not.toEqual([])
                return
              }
              expect(compiled.seen, query).toEqual(expected.seen)
              // plugin-prisma makes another statement for a list of which only the count, or nothing, is selected; the
              // fast path does not.
              expect(compiled.statements, query).toBeLessThanOrEqual(expected.statements)
              expect(compiled.rows, query).toBeLessThanOrEqual(expected.rows)
              if (compiled.statements < expected.statements) tried.fewer++
            }),
          )
        }),
        { numRuns: documents, seed, endOnFailure: true },
      )
      console.log(
        `compiled execution: ${tried.pairs} pairs alike, ${tried.compiled} of them compiled, ` +
          `${tried.fewer} with fewer statements (seed ${seed})`,
      )
      expect(tried.pairs).toBe(documents * viewers.length)
      expect(tried.compiled).toBeGreaterThan(tried.pairs / 10)
    },
    timeBound,
  )
})

describe('an operation on the fast path', () => {
  const personal = `query Mail { customer(id: "${encodeId('Customer', demoId('customer', 'ALFKI'))}") {
    email addresses { street city } orders(first: 2) { edges { node { shipTo { recipient } } } }
  } }`
  const twice = async (viewer: string, query: string) => {
    await ask('anonymous', query, {})
    return [await ask(viewer, `${query} # another`, {}), await ask(viewer, query, {})] as const
  }

  it('has the same reads in the audit trail', async () => {
    const [general, compiled] = await twice('admin', personal)
    expect([general.compiled, compiled.compiled]).toEqual([false, true])
    const told = (await world.audited()).filter(({ operation, outcome }) => operation === 'Mail' && outcome === 'DONE')
    const rows = told.map(({ requestId, subjectType, subjectIds, fields }) => ({
      requestId,
      what: [subjectType, subjectIds.toSorted(), fields.toSorted()],
    }))
    const requests = [...new Set(rows.map(({ requestId }) => requestId))]
    const [first, second] = requests.map((id) => rows.filter((row) => row.requestId === id).map(({ what }) => what))
    expect(requests).toHaveLength(2)
    expect(first).toHaveLength(3)
    expect(second?.map(String).sort()).toEqual(first?.map(String).sort())
  })

  it('is denied like on the general route, without reading twice', async () => {
    const [general, compiled] = await twice('support', personal)
    expect(compiled.compiled).toBe(false)
    expect(compiled.seen.told.length).toBeGreaterThan(2)
    expect(compiled).toEqual(general)
  })

  it('uses the rights of its own viewer only', async () => {
    const query = '{ orders(first: 5) { totalCount edges { node { number customer { code } } } } }'
    const alone = await Promise.all(
      viewers.map(async (viewer) => (await ask(viewer, `${query} # ${viewer}`, {})).seen.data),
    )
    await ask('admin', query, {})
    // All at once, repeatedly, in one order and another.
    for (let round = 0; round < 10; round++) {
      const order = round % 2 === 0 ? viewers : viewers.toReversed()
      const together = await Promise.all(
        order.map(async (viewer) => [viewer, (await ask(viewer, query, {})).seen.data] as const),
      )
      expect(viewers.map((viewer) => new Map(together).get(viewer))).toEqual(alone)
    }
  })
})

let anOrder = ''
const customer = encodeId('Customer', demoId('customer', 'ALFKI'))

/** Queries of up to four nested objects, with the arguments that decide what is read. */
class RandomQuery {
  readonly #draw: fc.GeneratorValue
  readonly #variables: Record<string, unknown> = {}
  readonly #declared: string[] = []

  constructor(draw: Draw) {
    this.#draw = draw
  }

  make(): { query: string; variables: object } {
    const query = schema.getQueryType()
    const fields = Object.values(query?.getFields() ?? {}).filter(({ name }) => name !== 'auditEvents')
    const chosen = this.#some(fields, 1).map((field, index) => this.#field(field, 4, index === 0 ? '' : `r${index}: `))
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : ''
    return { query: `query Random${declared} { ${chosen.join(' ')} }`, variables: this.#variables }
  }

  #chance(outOfTen: number): boolean {
    // Small numbers come more often than large ones.
    return this.#draw(fc.nat, { max: 9 }) >= 10 - outOfTen
  }

  #some<T>(items: readonly T[], most: number): T[] {
    const chosen = Array.from({ length: 1 + this.#draw(fc.nat, { max: most }) }, () =>
      this.#draw(fc.nat, { max: items.length - 1 }),
    )
    return [...new Set(chosen)].flatMap((index) => items[index] ?? [])
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)))
    const parts = this.#some(fields, 4).map((field) => this.#field(field, depth, this.#chance(1) ? 'other: ' : ''))
    if (this.#chance(2)) parts.push('__typename')
    if (this.#chance(1)) return `{ ... on ${type.name} { ${parts.join(' ')} } }`
    return `{ ${parts.join(' ')} }`
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, alias: string): string {
    const type = getNamedType(field.type)
    const args = field.args.flatMap((arg) => this.#argument(arg, field) ?? [])
    const given = args.length > 0 ? `(${args.join(', ')})` : ''
    const isPart = !isObjectType(type) || !('id' in type.getFields())
    const below = isObjectType(type) ? ` ${this.#selection(type, isPart ? depth : depth - 1)}` : ''
    const directive = this.#chance(1) ? ` @${oneOf(this.#draw, 'skip', 'include')}(if: ${this.#flag()})` : ''
    return `${alias}${field.name}${given}${directive}${below || (isLeafType(type) ? '' : ' { __typename }')}`
  }

  #argument(arg: GraphQLArgument, field: GraphQLField<unknown, unknown>): string | undefined {
    const { name } = arg
    if (name === 'first') return this.#chance(8) ? this.#value(name, 'Int', this.#draw(fc.nat, { max: 4 })) : undefined
    if (name === 'measures' || (name === 'by' && this.#chance(8)))
      return `${name}: [${this.#enumValues(arg).join(', ')}]`
    if (name === 'id') return this.#value(name, String(arg.type), field.name === 'order' ? anOrder : customer)
    if (name === 'ids') return this.#value(name, '[ID!]!', [customer, anOrder])
    if (name === 'sort' && this.#chance(3)) return `sort: { field: ${this.#sortField(arg)}, direction: DESC }`
    if (name === 'filter' && String(arg.type) === 'OrderFilter' && this.#chance(3))
      return 'filter: { shipToCountry: "DE" }'
    if (name === 'after' && this.#chance(1)) return this.#value(name, 'String', 'no cursor')
    return undefined
  }

  #enumValues({ type }: GraphQLArgument): string[] {
    const named = getNamedType(type)
    return isEnumType(named) ? this.#some(named.getValues(), 2).map(({ name }) => name) : []
  }

  #sortField({ type }: GraphQLArgument): string {
    const named = schema.getType(`${String(type)}Field`)
    const values = isEnumType(named) ? named.getValues() : []
    return oneOf(this.#draw, ...values.map(({ name }) => name))
  }

  /** As a literal, or as a variable. */
  #value(name: string, type: string, value: unknown): string {
    if (this.#chance(5)) return `${name}: ${JSON.stringify(value)}`
    return `${name}: ${this.#variable(type, value)}`
  }

  #flag(): string {
    const value = this.#draw(fc.boolean)
    return this.#chance(5) ? String(value) : this.#variable('Boolean!', value)
  }

  #variable(type: string, value: unknown): string {
    const variable = `v${this.#declared.length}`
    this.#declared.push(`$${variable}: ${type}`)
    this.#variables[variable] = value
    return `$${variable}`
  }
}
