import { printSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schema } from '../../src/schema.ts'
import { dataOf, type World } from '../support/world.ts'
import { connectionFields, List } from './support/connections.ts'
import { type ErrorCase, ErrorWorlds, errorCases, provoke } from './support/error-cases.ts'
import { expectNoLeak, found, internalWords, physicalNames } from './support/leaks.ts'

const worlds = new ErrorWorlds()
let world: World
let names: RegExp
beforeAll(async () => {
  world = await worlds.of()
  names = await physicalNames(world, new Set())
})
afterAll(() => worlds.close())

describe('the names of tables, columns, indexes, types and constraints', () => {
  it('are known to this test', () => {
    for (const name of [
      'so_header',
      'crm_customer',
      'md_product_nm_ix',
      'so_status_t',
      'cust_cd',
      'nm',
      'pf_dataset',
    ]) {
      expect(`x ${name} x`).toMatch(names)
    }
    expect('an order of a customer').not.toMatch(names)
  })

  it('are not in the schema', () => {
    expect(found(printSchema(schema), names)).toEqual([])
  })

  it('are in no id and no cursor, even decoded', async () => {
    const opaque: string[] = []
    const readable: string[] = []
    for (const connection of connectionFields(schema).filter(({ atRoot }) => atRoot)) {
      for (const field of connection.sortFields) {
        const { edges } = await new List(world, connection).page({ first: 100, sort: { field, direction: 'ASC' } })
        for (const { cursor, node } of edges) {
          // An id shows only its type. A cursor is encrypted.
          readable.push(node.id.slice(0, node.id.lastIndexOf('_')))
          opaque.push(decoded(node.id), decoded(cursor))
        }
      }
    }
    expect(readable.length).toBeGreaterThan(500)
    expect(found(readable.join('\n'), names)).toEqual([])
    // Two or three letters may occur in random bytes, and in names of people and products.
    expect(found(opaque.join('\n'), names).filter((name) => name.length > 3)).toEqual([])
    // A category's name is in a position of the list sorted by it.
    expect(opaque.join('\n')).not.toContain('Beverages')
  })

  it('are not in introspection', async () => {
    const answered = await world.as('anonymous').query(`{ __schema { description types {
      name description specifiedByURL fields(includeDeprecated: true) { name description args { name description defaultValue } }
      inputFields { name description defaultValue } enumValues(includeDeprecated: true) { name description }
    } directives { name description } } }`)
    const told = JSON.stringify(dataOf(answered, z.unknown()))
    expect(told).toContain('OrderConnection')
    expect(found(told, names)).toEqual([])
  })
})

// errors.test.ts checks the errors of every code of the catalogue.
describe('an error reveals nothing internal', () => {
  it.each(strangeInputs())('when $when', async (errorCase) => {
    const response = await provoke(world, errorCase, 'application/json')
    const text = await response.text()
    expect(text).toContain('"errors":')
    expectNoLeak(errorCase, text, names)
  })

  it('but the log has it, under the same request id', async () => {
    const [errorCase] = errorCases.INTERNAL_SERVER_ERROR
    await using served = await worlds.serve(errorCase)
    const requestId = (await provoke(served.world, errorCase, 'application/json')).headers.get('x-request-id') ?? ''
    const logged = served.world.logLines.filter((line) => line.includes(requestId)).join('')
    expect(logged).toMatch(names)
    for (const what of ['a word of the driver', 'a word of SQL', 'a stack', 'a path of a file'] as const) {
      expect(logged).toMatch(internalWords[what])
    }
  })

  it('when a mutation has every error at once', async () => {
    const answered = await world.as('admin').query(orderPlace, { input: { idempotencyKey: 'wrong', ...wrongOrder } })
    const { orderPlace: placed } = dataOf(
      answered,
      z.object({ orderPlace: z.object({ order: z.null(), userErrors: z.array(z.object({ message: z.string() })) }) }),
    )
    expect(placed.userErrors.length).toBeGreaterThan(5)
    expectNoLeak({ when: '' }, JSON.stringify(placed), names)
  })

  it.each(['/healthz', '/readyz'])('when the database is gone and %s is requested', async (path) => {
    const [gone] = errorCases.UNAVAILABLE
    await using served = await worlds.serve(gone)
    const response = await fetch(`${served.world.url}${path}`)
    expect(response.status).toBe(path === '/readyz' ? 503 : 200)
    expect(found(await response.text(), names)).toEqual([])
  })
})

const orderPlace = `mutation ($input: OrderPlaceInput!) {
  orderPlace(input: $input) { order { id } userErrors { code message path } }
}`
const wrongOrder = {
  customerId: "x' or 1=1 --",
  carrierId: 'carrier_x',
  requiredDate: '1999-01-01',
  lines: [
    { productId: 'product_x', quantity: 0 },
    { productId: 'product_x', quantity: 2_147_483_647 },
  ],
  shipTo: { recipient: '', street: 'x'.repeat(1000), city: '\u0007', country: 'DE', postalCode: 'x'.repeat(100) },
}

/** Values of every kind where a name, an id, a date or a number is expected. */
function strangeInputs(): ErrorCase[] {
  const strange: [string, string, unknown][] = [
    ['a date is none', 'DateTime', '2026-13-45'],
    ['a date is a number', 'DateTime', 12],
    ['a date is far away', 'DateTime', '+275760-09-13T00:00:00.001Z'],
    ['a date is an object', 'DateTime', { nm: 1 }],
  ]
  const dates = strange.map(([when, type, from]) => ({
    when,
    viewer: 'admin',
    query: `query ($from: ${type}) { orders(filter: { placed: { from: $from } }) { totalCount } }`,
    variables: { from },
  }))
  const amounts = ['1e400', 'NaN', '-', '9'.repeat(400), 12, null, ['1']].map((min) => ({
    when: `an amount is ${JSON.stringify(min).slice(0, 20)}`,
    query: 'query ($min: Decimal!) { products(filter: { price: { currency: USD, min: $min } }) { totalCount } }',
    variables: { min },
  }))
  const ids = ['so_header', 'order_', '0'.repeat(5000), { id: 1 }, [], null, true].map((id) => ({
    when: `an id is ${JSON.stringify(id).slice(0, 20)}`,
    query: 'query ($id: ID!) { node(id: $id) { id } }',
    variables: { id },
  }))
  const numbers = [2 ** 31, -(2 ** 31) - 1, 1.5, '7', 1e300].map((number) => ({
    when: `a number is ${JSON.stringify(number)}`,
    viewer: 'admin',
    query: 'query ($number: Int) { order(number: $number) { id } }',
    variables: { number },
  }))
  return [...dates, ...amounts, ...ids, ...numbers]
}

/** The readable part of an id. The rest is a code, in which any letters may stand together. */
function decoded(text: string): string {
  return found(Buffer.from(text, 'base64').toString('latin1'), /[\x20-\x7e]{8,}/).join('\n')
}
