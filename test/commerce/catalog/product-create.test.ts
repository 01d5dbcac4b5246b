import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'

const select = `product {
  id sku name packaging unitPrice { amount currency } available version discontinued
  stock { onHand reserved reorderLevel } category { id } supplier { id }
  stockMovements { totalCount edges { node { quantity reason note order { number } } } }
}`
const created = z.object({ product: z.object({ id: z.string() }) })

let world: World
let parents: { supplierId: string; categoryId: string }
beforeAll(async () => {
  world = await createWorld()
  const { client } = world
  parents = {
    supplierId: encodeId('Supplier', (await client.supplier.findFirstOrThrow()).id),
    categoryId: encodeId('Category', (await client.category.findFirstOrThrow()).id),
  }
})
afterAll(() => world.close())

const tea = (sku: string, more: object = {}) => ({
  sku,
  name: 'Green tea',
  unitPrice: { amount: '12.50', currency: 'USD' },
  ...parents,
  ...more,
})
const create = (input: object) => call(world, 'admin', 'productCreate', input, select)

describe('a product that is created', () => {
  it('is complete, opens its stock ledger, and emits two events', async () => {
    const input = tea('TEA-1', { name: '  Gre\u0301en tea ', packaging: '20 bags', stockOnHand: 30, reorderLevel: 5 })

    const { changed, refusals } = await create(input)
    const { id } = created.parse(changed).product
    const fresh = {
      id,
      sku: 'TEA-1',
      name: 'Gr\u00e9en tea',
      packaging: '20 bags',
      unitPrice: { amount: '12.50', currency: 'USD' },
      available: 30,
      version: 1,
      discontinued: false,
      stock: { onHand: 30, reserved: 0, reorderLevel: 5 },
      category: { id: parents.categoryId },
      supplier: { id: parents.supplierId },
      stockMovements: {
        totalCount: 1,
        edges: [{ node: { quantity: 30, reason: 'OPENING', note: null, order: null } }],
      },
    }

    expect(refusals).toEqual([])
    expect(changed).toEqual({ product: fresh })
    expect(await eventsAbout(world, 'Product', id)).toEqual([
      {
        topic: 'product.created',
        ownerId: null,
        payload: { productId: id, sku: 'TEA-1', name: 'Gr\u00e9en tea', unitPrice: '12.50', currency: 'USD' },
      },
      {
        topic: 'stock.changed',
        ownerId: null,
        payload: { productId: id, available: 30, onHand: 30, reserved: 0, reason: 'OPENING' },
      },
    ])
  })

  it('may have no stock, without a ledger entry, and a price of zero', async () => {
    const { changed } = await create(tea('TEA-2', { unitPrice: { amount: '0', currency: 'JPY' } }))
    expect(changed).toMatchObject({
      product: {
        unitPrice: { amount: '0', currency: 'JPY' },
        packaging: null,
        available: 0,
        stockMovements: { totalCount: 0 },
      },
    })
  })

  it('is created once for one idempotency key', async () => {
    const input = tea('TEA-3', { idempotencyKey: 'once' })
    const first = await create(input)
    const again = await create(input)

    expect([first.replayed, again.replayed]).toEqual([false, true])
    expect(again.changed).toEqual(first.changed)
  })

  it('has a unique SKU, also when twenty are created at once', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => create(tea('RACE', { stockOnHand: 1 }))))

    const refused = results.filter(({ changed }) => changed.product === null).map(({ refusals }) => refusals)
    expect(refused).toEqual(Array.from({ length: 19 }, () => ['SKU_TAKEN input.sku']))
    expect(await world.client.product.count({ where: { sku: 'RACE' } })).toBe(1)
  })
})

describe('a product that is refused', () => {
  let before: Awaited<ReturnType<typeof masterData>>
  beforeEach(async () => {
    before = await masterData(world)
  })
  afterEach(async () => {
    expect(await masterData(world)).toEqual(before)
  })

  it.each<[string, object, string]>([
    ['a SKU that another has', { sku: 'NW-0001' }, 'SKU_TAKEN input.sku'],
    ['no SKU', { sku: ' ' }, 'BLANK input.sku'],
    ['blanks in its SKU', { sku: 'A B' }, 'INVALID_FORMAT input.sku'],
    ['a long SKU', { sku: 'A'.repeat(41) }, 'TOO_LONG input.sku'],
    ['no name', { name: '\u00a0' }, 'BLANK input.name'],
    ['a long name', { name: 'x'.repeat(201) }, 'TOO_LONG input.name'],
    ['control characters', { packaging: 'a\u0001b' }, 'INVALID_CHARACTER input.packaging'],
    [
      'a price below nothing',
      { unitPrice: { amount: '-0.01', currency: 'USD' } },
      'INVALID_AMOUNT input.unitPrice.amount',
    ],
    ['a part of a cent', { unitPrice: { amount: '1.005', currency: 'USD' } }, 'INVALID_AMOUNT input.unitPrice.amount'],
    [
      'sixteen digits',
      { unitPrice: { amount: '10000000000000.00', currency: 'USD' } },
      'INVALID_AMOUNT input.unitPrice.amount',
    ],
    ['less than no stock', { stockOnHand: -1 }, 'INVALID_QUANTITY input.stockOnHand'],
    ['too much stock', { stockOnHand: 2_147_483_647 }, 'INVALID_QUANTITY input.stockOnHand'],
    ['a reorder level below nothing', { reorderLevel: -1 }, 'INVALID_QUANTITY input.reorderLevel'],
    ['an id of no supplier', { supplierId: 'x' }, 'SUPPLIER_UNKNOWN input.supplierId'],
    ['a supplier that is not there', { supplierId: unknownId('Supplier') }, 'SUPPLIER_UNKNOWN input.supplierId'],
    ['the id of something else', { categoryId: unknownId('Supplier') }, 'CATEGORY_UNKNOWN input.categoryId'],
    ['a category that is not there', { categoryId: unknownId('Category') }, 'CATEGORY_UNKNOWN input.categoryId'],
  ])('has %s', async (_what, wrong, refusal) => {
    expect(await create(tea('WRONG', wrong))).toMatchObject({ refusals: [refusal], changed: { product: null } })
  })

  it('gets every user error at once', async () => {
    const { refusals } = await create({
      ...tea('', { stockOnHand: -1, name: '' }),
      supplierId: 'x',
      unitPrice: { amount: '0.5', currency: 'JPY' },
    })
    expect(refusals).toEqual([
      'INVALID_QUANTITY input.stockOnHand',
      'BLANK input.sku',
      'BLANK input.name',
      'INVALID_AMOUNT input.unitPrice.amount',
      'SUPPLIER_UNKNOWN input.supplierId',
    ])
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('for a viewer who may not create products: %s', async (viewer, code) => {
    const answered = await ask(world, viewer, 'productCreate', tea('WRONG'), 'product { id }')
    expect(codesOf(answered)).toEqual([code])
    expect(answered.data).toEqual({ mutation: null })
  })
})

describe('the ledger of a product', () => {
  it('is visible to viewers who read the stock', async () => {
    const query = '{ product(sku: "NW-0001") { name stockMovements { edges { node { id quantity } } } } }'

    expect(codesOf(await world.as('anonymous').query(query))).toEqual(['UNAUTHENTICATED'])
    expect(codesOf(await world.as('customer ALFKI').query(query))).toEqual(['FORBIDDEN'])
    expect(dataOf(await world.as('support').query(query), z.unknown())).toEqual({
      product: {
        name: 'Chai',
        stockMovements: { edges: [{ node: { id: expect.stringMatching(/^stock_movement_/), quantity: 79 } }] },
      },
    })
  })

  it('names the order of a shipped unit, in one statement with the product', async () => {
    const { client } = world
    const order = await client.order.findFirstOrThrow()
    const product = await client.product.findUniqueOrThrow({ where: { sku: 'NW-0002' } })
    const [productId, orderId] = [product.id, order.id]
    await client.stockMovement.create({ data: { productId, orderId, quantity: -1, reason: 'SHIPPED' } })
    const query = `{ product(sku: "NW-0002") {
      stockMovements(first: 1) { edges { node { reason order { number } } } }
    } }`

    const statements = await world.statementsOf(async () => {
      expect(dataOf(await world.as('support').query(query), z.unknown())).toEqual({
        product: { stockMovements: { edges: [{ node: { reason: 'SHIPPED', order: { number: order.number } } }] } },
      })
    })

    expect(statements).toHaveLength(1)
  })
})
