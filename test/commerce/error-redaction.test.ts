import { randomUUID } from 'node:crypto'
import { astFromValue, isInputObjectType, isInputType, print } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { sensitivityOf } from '../../src/platform/privacy/sensitivity.ts'
import { schema } from '../../src/schema.ts'
import { planted } from '../support/canary.ts'
import { onServer } from '../support/database-server.ts'
import { type Answer, codesOf, createWorld, type World } from '../support/world.ts'
import { lineOf } from './support/order-place.ts'
import { orderIn } from './support/orders.ts'

const customerId = demoCustomer('ALFKI').sub
/** A phone number of letters is invalid. */
const phone = '+49 7355 608 1234'
/** The parts of a line or response about the request itself, which may contain any four digits. */
const ofTheRequest = /"(?:requestId|time|pid|durationMs)":"?[\w.-]+"?/g
const word = (name: string) => `${planted} ${name}`
const person = {
  ...{ name: word('Name'), contactName: word('Contact "7"'), contactTitle: word('Title'), phone },
  email: `${planted}.Mail@Example.org`,
}
const place = { recipient: word('Recipient'), street: word('Straße\\7'), postalCode: word('12345') }

/** The input fields whose values a trigger repeats, by table. It does not see the rows of other tables. */
const repeated: Record<string, string[]> = {
  crm_customer: ['nm', 'contact_nm', 'contact_ttl', 'email_addr', 'phone_no'],
  crm_address: ['recip_nm', 'addr_street', 'addr_zip'],
  so_header: ['st_recip_nm', 'st_street', 'st_zip'],
  ar_refund: ['reason_txt'],
  lg_return: ['reason_txt'],
  md_stock_move: ['note_txt'],
}

let world: World
let inputs: Record<string, Record<string, unknown>>
beforeAll(async () => {
  world = await createWorld()
  const [shipped, paid, placed] = [
    await orderIn(world, 'SHIPPED'),
    await orderIn(world, 'PAID'),
    await orderIn(world, 'PLACED'),
  ]
  const line = await lineOf(world, 'NW-0003')
  const addressId = encodeId('Address', demoId('address', 'ALFKI'))
  const lines = [{ orderLineId: shipped.lines[0], quantity: 1 }]
  inputs = {
    customerCreate: { ...person, code: 'PLANTED', kind: 'PERSON', country: 'DE' },
    customerUpdate: { ...person, customerId, version: 1 },
    addressAdd: { ...place, customerId, city: 'Berlin', country: 'DE' },
    addressUpdate: { ...place, addressId, version: 1 },
    orderPlace: { customerId, lines: [line], shipTo: { ...place, city: 'Berlin', country: 'DE' } },
    orderCancel: { orderId: placed.id, reason: word('Reason') },
    orderReturn: { orderId: shipped.id, lines, restock: false, reason: word('Reason') },
    paymentRefund: { orderId: paid.id, amount: '1.00', currency: 'USD', reason: word('Reason') },
    stockAdjust: { productId: line.productId, quantity: 1, reason: 'COUNT', note: word('Note') },
  }
  await breakTables()
})
afterAll(() => world.close())

/** From here on every write fails with its own values in PostgreSQL's message, and its whole row in detail and hint. */
async function breakTables(): Promise<void> {
  await onServer(
    world.databaseUrl,
    `create function repeat_row() returns trigger language plpgsql as $$ declare said text; begin
       select string_agg(to_jsonb(new) ->> c, ' / ') into said from unnest(tg_argv) c;
       raise exception 'broken by %, of which PostgreSQL tells', said using detail = new::text, hint = new::text;
     end $$`,
  )
  const cancelled = 'create trigger repeat_cancelled before update on commerce.so_header for each row'
  const wheneverGivenUp = `when (new.cancel_txt is not null) execute function repeat_row('cancel_txt')`
  await onServer(world.databaseUrl, `${cancelled} ${wheneverGivenUp}`)
  for (const [table, columns] of Object.entries(repeated)) {
    const args = columns.map((column) => `'${column}'`)
    const on = table === 'so_header' ? 'insert' : 'insert or update'
    const trigger = `create trigger repeat_row before ${on} on commerce.${table} for each row`
    await onServer(world.databaseUrl, `${trigger} execute function repeat_row(${args})`)
  }
}

const typeOf = (mutation: string) => `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`

function sendVariables(mutation: string, input: object): Promise<Answer> {
  const query = `mutation ($input: ${typeOf(mutation)}!) { ${mutation}(input: $input) { replayed } }`
  return world.as('admin').query(query, { input })
}

function sendEach(mutation: string, input: object): Promise<Answer> {
  const type = schema.getType(typeOf(mutation))
  const fields = isInputObjectType(type) ? type.getFields() : {}
  const given = Object.entries(input).map(([name, value]) => ({ name, type: String(fields[name]?.type), value }))
  const query = `mutation (${given.map(({ name, type }) => `$${name}: ${type}`)}) {
    ${mutation}(input: { ${given.map(({ name }) => `${name}: $${name}`)} }) { replayed } }`
  return world.as('admin').query(query, input as Record<string, unknown>)
}

function sendLiteral(mutation: string, input: object): Promise<Answer> {
  const type = schema.getType(typeOf(mutation))
  const literal = isInputType(type) ? astFromValue(input, type) : undefined
  return world.as('admin').query(`mutation { ${mutation}(input: ${literal ? print(literal) : ''}) { replayed } }`)
}

const forms = { 'in a variable': sendVariables, 'in variables of its own': sendEach, 'as a literal': sendLiteral }
const mutations = [
  ...['customerCreate', 'customerUpdate', 'addressAdd', 'addressUpdate', 'orderPlace'],
  ...['orderCancel', 'orderReturn', 'paymentRefund', 'stockAdjust'],
]
const cases = mutations.flatMap((mutation) => Object.entries(forms).map(([form, send]) => ({ mutation, form, send })))

describe('tagged inputs of a failed mutation', () => {
  it('are tested for every tagged input of every mutation', () => {
    const sent = new Set(Object.values(inputs).flatMap((input) => [...Object.keys(input), ...Object.keys(place)]))
    const types = Object.values(schema.getTypeMap()).filter(isInputObjectType)
    const tagged = types
      .filter(({ name }) => name.endsWith('Input'))
      .flatMap((type) => Object.values(type.getFields()).filter((field) => sensitivityOf(field) !== undefined))
    expect(tagged.length).toBeGreaterThan(20)
    expect(tagged.map(({ name }) => name).filter((name) => !sent.has(name))).toEqual([])
    const takers = types.filter((type) => Object.values(type.getFields()).some((field) => sensitivityOf(field)))
    const named = takers.map(({ name }) => name).filter((name) => name.endsWith('Input'))
    expect(named.filter((name) => name !== 'OrderPlaceShipToInput').sort()).toEqual(
      mutations
        .filter((mutation) => mutation !== 'orderPlace')
        .map(typeOf)
        .sort(),
    )
  })

  it.each(cases)('are neither in the log line nor in the response: $mutation, $form', async ({ mutation, send }) => {
    const before = world.logLines.length
    const answered = await send(mutation, { ...inputs[mutation], idempotencyKey: randomUUID() })

    expect(codesOf(answered)).toEqual(['INTERNAL_SERVER_ERROR'])
    const lines = world.logLines.slice(before).join('')
    // The line is complete, without the values.
    expect(lines).toMatch(/broken by .*\[redacted\].*, of which PostgreSQL tells/)
    for (const text of [lines, JSON.stringify(answered)]) {
      expect(text.toLowerCase()).not.toContain(planted)
      expect(text.replaceAll(ofTheRequest, '')).not.toContain('7355')
    }
  })
})

describe('an unparsable request', () => {
  const email = `${planted}@@example.org`
  const long = `${planted}${'x'.repeat(400)}@`
  const input = { code: 'X', kind: 'PERSON', name: word('Name'), country: 'DE' }
  const mutation = 'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { replayed } }'
  const own = `mutation ($email: EmailAddress!) { customerCreate(input: { code: "X", kind: PERSON, name: "N", country: "DE", email: $email }) { replayed } }`

  it.each([
    ['a variable', mutation, { input: { ...input, email } }, 'BAD_USER_INPUT'],
    ['a long variable, which is cut off', mutation, { input: { ...input, email: long } }, 'BAD_USER_INPUT'],
    ['a variable of its own', own, { email }, 'BAD_USER_INPUT'],
    ['a variable of the wrong kind', mutation, { input: { ...input, email: { [planted]: 1 } } }, 'BAD_USER_INPUT'],
    [
      'a literal',
      `mutation { customerCreate(input: { code: "X", kind: PERSON, name: "N", country: "DE", email: "${email}" }) { replayed } }`,
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['what is no GraphQL', `{ customers(filter: "${planted}" "${planted}") }`, {}, 'GRAPHQL_PARSE_FAILED'],
    [
      'a text to look for',
      `{ customers(filter: { nameContains: ["${planted}"] }) { totalCount } }`,
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('is not repeated: %s', async (_what, query, variables, code) => {
    const answered = await world.as('admin').query(query, variables)

    expect(codesOf(answered)).toEqual([code])
    expect(answered.errors?.[0]?.message).not.toBe('')
    expect(JSON.stringify(answered)).not.toContain(planted)
  })

  it('is not searched where it is too large', async () => {
    const query = 'query ($f: CustomerFilter) { customers(filter: $f) { totalCount } }'
    const nameContains = Array.from({ length: 1001 }, (_, index) => word(String(index)))
    const answered = await world.as('admin').query(query, { f: { nameContains } })
    expect(answered.errors?.map(({ message }) => message)).toEqual(['[redacted]'])
  })

  it('still gets the error and its location', async () => {
    const answered = await world.as('admin').query(mutation, { input: { ...input, email } })
    expect(answered.errors?.map(({ message }) => message)).toEqual([
      'Variable "$input" at "input.email": Value is not a valid email address: [redacted]',
    ])
  })
})
