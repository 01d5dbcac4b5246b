import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'
import { insertProduct } from '../support/product.ts'

const select = 'product { name version discontinued packaging unitPrice { amount } stock { reorderLevel } }'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const insert = async (sku: string, changes = {}) => encodeId('Product', (await insertProduct(world, sku, changes)).id)
const update = (input: object) => call(world, 'admin', 'productUpdate', input, select)
const discontinue = (input: object) => call(world, 'admin', 'productDiscontinue', input, select)

describe('an update of a product', () => {
  it('changes the given fields only, and its event names them', async () => {
    const productId = await insert('U-1', { name: 'Old' })
    const input = {
      productId,
      version: 1,
      name: 'New',
      unitPrice: { amount: '9.99', currency: 'USD' },
      reorderLevel: 7,
    }

    expect(await update(input)).toMatchObject({
      refusals: [],
      changed: {
        product: {
          name: 'New',
          version: 2,
          unitPrice: { amount: '9.99' },
          stock: { reorderLevel: 7 },
          packaging: null,
        },
      },
    })
    expect(await update({ productId, version: 2, name: 'New', packaging: 'a box' })).toMatchObject({
      changed: { product: { name: 'New', version: 3, packaging: 'a box', unitPrice: { amount: '9.99' } } },
    })
    expect(await eventsAbout(world, 'Product', productId)).toEqual([
      {
        topic: 'product.updated',
        ownerId: null,
        payload: { productId, changed: ['name', 'unitPrice', 'reorderLevel'] },
      },
      { topic: 'product.updated', ownerId: null, payload: { productId, changed: ['packaging'] } },
    ])
  })

  it('empties optional fields, and moves the product to another category and supplier', async () => {
    const { client } = world
    const productId = await insert('U-2')
    const supplier = await client.supplier.findFirstOrThrow({ orderBy: { name: 'desc' } })
    const category = await client.category.findFirstOrThrow({ orderBy: { name: 'desc' } })
    const ids = { supplierId: encodeId('Supplier', supplier.id), categoryId: encodeId('Category', category.id) }

    await update({ productId, version: 1, packaging: 'a box' })
    await update({ productId, version: 2, packaging: null, ...ids })

    expect(await client.product.findUnique({ where: { sku: 'U-2' } })).toMatchObject({
      packaging: null,
      version: 3,
      supplierId: supplier.id,
      categoryId: category.id,
    })
  })

  it('without an effective change keeps the version, and emits nothing', async () => {
    const productId = await insert('U-3', { name: 'Same' })

    expect(await update({ productId, version: 1, name: ' Same ' })).toMatchObject({
      refusals: [],
      changed: { product: { version: 1 } },
    })
    expect(await eventsAbout(world, 'Product', productId)).toEqual([])
  })

  it('is done once for one idempotency key, for any current version', async () => {
    const input = { productId: await insert('U-4'), version: 1, name: 'Once', idempotencyKey: 'once' }

    expect((await update(input)).replayed).toBe(false)
    expect(await update(input)).toMatchObject({ replayed: true, refusals: [], changed: { product: { version: 2 } } })
  })

  it('with an old version gets the current state, and changes nothing', async () => {
    const productId = await insert('U-5', { name: 'Current' })
    const before = await masterData(world)

    for (const version of [0, 2, -1]) {
      expect(await update({ productId, version, name: 'Stale' })).toMatchObject({
        refusals: ['CONFLICT input.version'],
        changed: { product: { name: 'Current', version: 1 } },
      })
    }
    expect(await masterData(world)).toEqual(before)
  })

  it('wins alone of twenty concurrent ones with one version; the others see the change', async () => {
    const productId = await insert('U-6')
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => update({ productId, version: 1, name: `Writer ${index}` })),
    )

    const winners = results.filter(({ refusals }) => refusals.length === 0)
    const losers = results.filter(({ refusals }) => refusals.length > 0)
    expect(winners).toHaveLength(1)
    expect(losers.map(({ refusals }) => refusals)).toEqual(Array.from({ length: 19 }, () => ['CONFLICT input.version']))
    for (const { changed } of losers) expect(changed).toEqual(winners[0]?.changed)
  })
})

describe('an update of a product that is refused', () => {
  it.each<[string, object, string]>([
    ['names nothing', {}, 'NOTHING_TO_DO input'],
    ['empties the name', { name: null }, 'REQUIRED input.name'],
    ['empties the price', { unitPrice: null }, 'REQUIRED input.unitPrice'],
    ['empties the reorder level', { reorderLevel: null }, 'REQUIRED input.reorderLevel'],
    ['empties the supplier', { supplierId: null }, 'REQUIRED input.supplierId'],
    ['empties the category', { categoryId: null }, 'REQUIRED input.categoryId'],
    ['has a blank name', { name: ' ' }, 'BLANK input.name'],
    ['has a long packaging', { packaging: 'x'.repeat(201) }, 'TOO_LONG input.packaging'],
    [
      'has another currency',
      { unitPrice: { amount: '1', currency: 'EUR' } },
      'CURRENCY_MISMATCH input.unitPrice.currency',
    ],
    [
      'has a part of a cent',
      { unitPrice: { amount: '0.001', currency: 'USD' } },
      'INVALID_AMOUNT input.unitPrice.amount',
    ],
    ['has a reorder level below nothing', { reorderLevel: -1 }, 'INVALID_QUANTITY input.reorderLevel'],
    ['has an unknown supplier', { supplierId: unknownId('Supplier') }, 'SUPPLIER_UNKNOWN input.supplierId'],
    ['has an unknown category', { categoryId: unknownId('Category') }, 'CATEGORY_UNKNOWN input.categoryId'],
    ['is of no product', { name: 'x', productId: unknownId('Product') }, 'PRODUCT_UNKNOWN input.productId'],
    ['has no id of a product', { name: 'x', productId: 'NW-0001' }, 'PRODUCT_UNKNOWN input.productId'],
  ])('%s', async (_what, wrong, refusal) => {
    const { id } = await world.client.product.findUniqueOrThrow({ where: { sku: 'NW-0001' } })
    const before = await masterData(world)

    const input = { productId: encodeId('Product', id), version: 1, ...wrong }
    expect(await update(input)).toMatchObject({ refusals: [refusal], changed: { product: null } })
    expect(await masterData(world)).toEqual(before)
  })
})

describe('a product that is discontinued', () => {
  it('cannot be ordered any more, with one event', async () => {
    const productId = await insert('D-1')

    expect(await discontinue({ productId, version: 1 })).toMatchObject({
      refusals: [],
      changed: { product: { discontinued: true, version: 2 } },
    })
    expect(await discontinue({ productId, version: 2 })).toMatchObject({
      refusals: ['PRODUCT_DISCONTINUED input.productId'],
      changed: { product: { discontinued: true, version: 2 } },
    })
    expect(await eventsAbout(world, 'Product', productId)).toEqual([
      { topic: 'product.discontinued', ownerId: null, payload: { productId } },
    ])
  })

  it('needs an existing product in its current version', async () => {
    const productId = await insert('D-2')

    expect(await discontinue({ productId, version: 2 })).toMatchObject({
      refusals: ['CONFLICT input.version'],
      changed: { product: { discontinued: false, version: 1 } },
    })
    expect((await discontinue({ productId: unknownId('Product'), version: 1 })).refusals).toEqual([
      'PRODUCT_UNKNOWN input.productId',
    ])
  })
})

describe('a viewer who may not change products', () => {
  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('is denied: %s', async (viewer, code) => {
    const input = { productId: unknownId('Product'), version: 1 }
    expect(codesOf(await ask(world, viewer, 'productUpdate', { ...input, name: 'x' }, select))).toEqual([code])
    expect(codesOf(await ask(world, viewer, 'productDiscontinue', input, select))).toEqual([code])
  })
})
