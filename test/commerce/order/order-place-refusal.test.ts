import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { asClaims } from '../../platform/support/as-claims.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { type Line, ledger, lineOf, type OrderInput, place, shipTo } from '../support/order-place.ts'
import { insertProduct } from '../support/product.ts'

const nowhere = '018f0000-0000-7000-8000-000000000000'
const unknown = (type: string) => encodeId(type, nowhere)

let world: World
let chang: Line
let syrup: Line
let yen: Line
let gone: Line
let dear: Line
let books: Awaited<ReturnType<typeof ledger>>

beforeAll(async () => {
  world = await createWorld()
  await insertProduct(world, 'YEN', { currency: 'JPY' })
  await insertProduct(world, 'GONE', { name: 'Gone for good', discontinued: true })
  await insertProduct(world, 'DEAR', { unitPriceMinor: 999_999_999_999_999n })
  await world.client.product.update({ where: { sku: 'NW-0002' }, data: { discontinued: false } })
  chang = await lineOf(world, 'NW-0002')
  syrup = await lineOf(world, 'NW-0003')
  yen = await lineOf(world, 'YEN')
  gone = await lineOf(world, 'GONE')
  dear = await lineOf(world, 'DEAR')
})
afterAll(() => world.close())

const asAlfki = (input: Partial<OrderInput>) => place(world.as('customer ALFKI'), { lines: [syrup], shipTo, ...input })
const asAdmin = (input: Partial<OrderInput>) => place(world.as('admin'), { lines: [syrup], shipTo, ...input })

describe('an order that is refused', () => {
  beforeEach(async () => {
    books = await ledger(world)
  })
  // After any refusal: no order, no line, nothing reserved.
  afterEach(async () => {
    expect(await ledger(world)).toEqual(books)
  })

  it('has at least one line and at most 100', async () => {
    const lines = Array.from({ length: 101 }, () => syrup)

    expect((await asAlfki({ lines: [] })).refusals).toEqual(['EMPTY_ORDER input.lines'])
    expect((await asAlfki({ lines })).refusals).toEqual(['TOO_MANY_LINES input.lines'])
  })

  it.each([0, -1, -2_147_483_648, 10_001, 2_147_483_647])(
    'has quantities from 1 to 10,000, not %i',
    async (quantity) => {
      const { refusals } = await asAlfki({ lines: [syrup, { ...chang, quantity }] })
      expect(refusals).toEqual(['INVALID_QUANTITY input.lines.1.quantity'])
    },
  )

  it('has each product on one line only', async () => {
    const { refusals } = await asAlfki({ lines: [syrup, chang, { ...syrup, quantity: 2 }, syrup] })
    expect(refusals).toEqual(['DUPLICATE_PRODUCT input.lines.2.productId', 'DUPLICATE_PRODUCT input.lines.3.productId'])
  })

  it.each(['', 'NW-0003', nowhere, unknown('Order'), unknown('Product')])(
    'has products that there are, not %j',
    async (productId) => {
      const { refusals } = await asAlfki({ lines: [syrup, { productId, quantity: 1 }] })
      expect(refusals).toEqual(['PRODUCT_UNKNOWN input.lines.1.productId'])
    },
  )

  it('has products that are sold, and names one that is not', async () => {
    const { refusals, userErrors } = await asAlfki({ lines: [syrup, gone] })

    expect(refusals).toEqual(['PRODUCT_DISCONTINUED input.lines.1.productId'])
    expect(userErrors[0]?.message).toBe('Gone for good is no longer sold.')
  })

  it('has available units, and names how many there are', async () => {
    const { refusals, userErrors } = await asAlfki({ lines: [{ ...chang, quantity: 18 }] })

    expect(refusals).toEqual(['INSUFFICIENT_STOCK input.lines.0.quantity'])
    expect(userErrors[0]?.message).toBe('Of Chang 17 are available.')
  })

  it('has products of one currency, that of the first', async () => {
    expect((await asAlfki({ lines: [syrup, yen] })).refusals).toEqual(['CURRENCY_MISMATCH input.lines.1.productId'])
    expect((await asAlfki({ lines: [yen, syrup, chang] })).refusals).toEqual([
      'CURRENCY_MISMATCH input.lines.1.productId',
      'CURRENCY_MISMATCH input.lines.2.productId',
    ])
  })

  it('has a total of at most fifteen digits of minor units', async () => {
    expect((await asAlfki({ lines: [dear, syrup] })).refusals).toEqual(['TOTAL_TOO_LARGE input.lines'])
    expect((await asAlfki({ lines: [{ ...dear, quantity: 100 }] })).refusals).toEqual(['TOTAL_TOO_LARGE input.lines'])
  })

  it('has a customer, whom staff must name', async () => {
    expect((await asAdmin({})).refusals).toEqual(['CUSTOMER_REQUIRED input.customerId'])
    expect((await asAdmin({ customerId: null })).refusals).toEqual(['CUSTOMER_REQUIRED input.customerId'])
  })

  it.each(['', 'ALFKI', unknown('Order'), unknown('Customer')])(
    'has a customer there is, not %j',
    async (customerId) => {
      expect((await asAdmin({ customerId })).refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
    },
  )

  it('is not for another customer, and does not reveal whether one exists', async () => {
    const another = await asAlfki({ customerId: demoCustomer('ANATR').sub })

    expect(another.refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
    expect(await asAlfki({ customerId: unknown('Customer') })).toEqual(another)
    expect(await asAlfki({ customerId: 'ANATR' })).toEqual(another)
  })

  it('is not for a deleted customer, although the token is valid', async () => {
    const gone = asClaims(world, { sub: demoCustomer('GONE0').sub, kind: 'customer' })
    expect((await place(gone, { lines: [syrup], shipTo })).refusals).toEqual(['CUSTOMER_UNKNOWN input.customerId'])
  })

  it.each(['', 'DHL', unknown('Product'), unknown('Carrier')])('has an existing carrier, not %j', async (carrierId) => {
    expect((await asAlfki({ carrierId })).refusals).toEqual(['CARRIER_UNKNOWN input.carrierId'])
  })

  it.each(['recipient', 'street', 'city'])(
    'says its %s, in at most 200 characters and none that controls',
    async (field) => {
      const refused = async (text: string) => (await asAlfki({ shipTo: { ...shipTo, [field]: text } })).refusals

      expect(await refused('')).toEqual([`BLANK input.shipTo.${field}`])
      expect(await refused(' \t\n\u00a0')).toEqual([`BLANK input.shipTo.${field}`])
      expect(await refused('x'.repeat(201))).toEqual([`TOO_LONG input.shipTo.${field}`])
      expect(await refused('a\tb')).toEqual([`INVALID_CHARACTER input.shipTo.${field}`])
      expect(await refused('a\u0085b')).toEqual([`INVALID_CHARACTER input.shipTo.${field}`])
      expect(await refused(`\u0007${'x'.repeat(200)}`)).toEqual([
        `TOO_LONG input.shipTo.${field}`,
        `INVALID_CHARACTER input.shipTo.${field}`,
      ])
    },
  )

  it.each([
    ['region', 100],
    ['postalCode', 20],
  ])('has a %s of at most %i characters, if any', async (field, max) => {
    const refused = async (text: string) => (await asAlfki({ shipTo: { ...shipTo, [field]: text } })).refusals

    expect(await refused('x'.repeat(max + 1))).toEqual([`TOO_LONG input.shipTo.${field}`])
    expect(await refused('a\nb')).toEqual([`INVALID_CHARACTER input.shipTo.${field}`])
  })

  it('gets every error of the input itself at once', async () => {
    const lines = [
      { ...syrup, quantity: 0 },
      { ...syrup, quantity: 10_001 },
      { productId: 'x', quantity: -1 },
    ]
    const wrong = { recipient: '', street: ' ', city: 'x'.repeat(201), region: '\u0001', country: 'DE' }
    const input = { lines, shipTo: wrong, customerId: 'x', carrierId: 'x', requiredDate: '2000-01-01' }

    expect((await asAlfki(input)).refusals).toEqual([
      'INVALID_QUANTITY input.lines.0.quantity',
      'INVALID_QUANTITY input.lines.1.quantity',
      'DUPLICATE_PRODUCT input.lines.1.productId',
      'INVALID_QUANTITY input.lines.2.quantity',
      'PRODUCT_UNKNOWN input.lines.2.productId',
      'CUSTOMER_UNKNOWN input.customerId',
      'CARRIER_UNKNOWN input.carrierId',
      'DATE_IN_PAST input.requiredDate',
      'BLANK input.shipTo.recipient',
      'BLANK input.shipTo.street',
      'TOO_LONG input.shipTo.city',
      'INVALID_CHARACTER input.shipTo.region',
    ])
  })

  it('gets every error that needs the database at once', async () => {
    const lines = [syrup, { productId: unknown('Product'), quantity: 1 }, gone, yen, { ...chang, quantity: 18 }]
    const { refusals } = await asAdmin({ lines, customerId: unknown('Customer'), carrierId: unknown('Carrier') })

    expect(refusals).toEqual([
      'CUSTOMER_UNKNOWN input.customerId',
      'CARRIER_UNKNOWN input.carrierId',
      'PRODUCT_UNKNOWN input.lines.1.productId',
      'PRODUCT_DISCONTINUED input.lines.2.productId',
      'CURRENCY_MISMATCH input.lines.3.productId',
      'INSUFFICIENT_STOCK input.lines.4.quantity',
    ])
  })

  it.each([{ quantity: 1.5 }, { quantity: 2_147_483_648 }, { quantity: '1' }])(
    'fits the schema, or is no order at all: %o',
    async (change) => {
      const query = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { code } } }'
      const input = { lines: [{ ...syrup, ...change }], shipTo }
      expect(codesOf(await world.as('customer ALFKI').query(query, { input }))).toEqual(['BAD_USER_INPUT'])
    },
  )

  it.each(['2026-02-30', '2026-13-01', '21.11.2026', '2026-11-21T00:00:00Z'])(
    'is wanted on a day there is, not %s',
    async (requiredDate) => {
      const query = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { code } } }'
      const input = { lines: [syrup], shipTo, requiredDate }
      expect(codesOf(await world.as('customer ALFKI').query(query, { input }))).toEqual(['BAD_USER_INPUT'])
    },
  )
})
