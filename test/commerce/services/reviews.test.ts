import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, dataOf } from '../../support/world.ts'
import { operationLine, type ShopWithServices, shopWithServices } from '../support/remote-services.ts'

let shop: ShopWithServices
let productId = ''
beforeAll(async () => {
  shop = await shopWithServices()
  const { id } = await shop.world.client.product.findFirstOrThrow({ orderBy: { sku: 'asc' } })
  productId = encodeId('Product', id)
})
afterAll(() => shop.close())

const reviews = z.object({
  count: z.number(),
  averageRating: z.number().nullable(),
  latest: z.array(z.object({ rating: z.number(), text: z.string(), writtenAt: z.iso.datetime() })),
})
const added = z.object({
  reviewAdd: z.object({
    replayed: z.boolean(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })),
    product: z.object({ reviews }).nullable(),
  }),
})
const reviewAdd = `mutation Add($input: ReviewAddInput!) { reviewAdd(input: $input) {
  replayed userErrors { code path } product { reviews { count averageRating latest { rating text writtenAt } } } } }`
const add = (viewer: string, input: object) =>
  shop.world.as(viewer).query(reviewAdd, { input: { productId, rating: 4, text: 'Good tea.', ...input } })
const reviewsLike = (text: string) => shop.reviews.reviews.filter((review) => review.text === text)

describe('reviewAdd', () => {
  it('adds a review at the service, and shows it at once although an older answer was kept', async () => {
    const query = 'query Kept($id: ID!) { product(id: $id) { reviews { count } } }'
    const countOf = async () => {
      const answered = await shop.world.as('anonymous').query(query, { id: productId })
      return dataOf(answered, z.object({ product: z.object({ reviews: z.object({ count: z.number() }) }) })).product
        .reviews
    }
    expect([await countOf(), await countOf()]).toEqual([{ count: 0 }, { count: 0 }])
    const { reviewAdd } = dataOf(await add('customer ALFKI', { idempotencyKey: randomUUID() }), added)
    expect(reviewAdd).toMatchObject({
      replayed: false,
      userErrors: [],
      product: { reviews: { count: 1, averageRating: 4 } },
    })
    expect(reviewsLike('Good tea.')).toMatchObject([{ author: expect.stringMatching(/^customer_/), rating: 4 }])
    expect(await countOf()).toEqual({ count: 1 })
  })

  it('adds one review for all calls with one key, also of calls at the same time', async () => {
    const input = { text: 'Once.', idempotencyKey: randomUUID() }
    const first = dataOf(await add('customer ALFKI', input), added)
    const { reviews: asked } = await shop.askedDuring(async () => {
      expect(dataOf(await add('customer ALFKI', input), added).reviewAdd.replayed).toBe(true)
    })
    // The retry reads the product's reviews, and writes nothing there.
    expect(asked.filter(({ headers }) => headers['idempotency-key'])).toEqual([])
    expect(first.reviewAdd.replayed).toBe(false)
    const many = { text: 'Many at once.', idempotencyKey: randomUUID() }
    const answers = await Promise.all(Array.from({ length: 8 }, () => add('customer ALFKI', many)))
    const replayed = answers.map((each) => dataOf(each, added).reviewAdd.replayed)
    expect(replayed.filter((each) => !each)).toHaveLength(1)
    expect([reviewsLike('Once.').length, reviewsLike('Many at once.').length]).toEqual([1, 1])
  })

  it('passes a key on that tells nothing, and that no other customer has', async () => {
    const idempotencyKey = randomUUID()
    const { reviews: asked } = await shop.askedDuring(async () => {
      await add('customer ALFKI', { text: 'Mine.', idempotencyKey })
      await add('customer BONAP', { text: 'Mine too.', idempotencyKey })
    })
    const keys = asked.flatMap(({ headers }) => headers['idempotency-key'] ?? [])
    expect(new Set(keys).size).toBe(2)
    expect(keys.join()).not.toContain(idempotencyKey)
    expect([reviewsLike('Mine.').length, reviewsLike('Mine too.').length]).toEqual([1, 1])
  })

  it('refuses a key that came with another text, and the service is not asked', async () => {
    const idempotencyKey = randomUUID()
    await add('customer ALFKI', { text: 'First text.', idempotencyKey })
    const { reviews: asked } = await shop.askedDuring(async () => {
      const answered = await add('customer ALFKI', { text: 'Second text.', idempotencyKey })
      expect(codesOf(answered)).toEqual(['IDEMPOTENCY_KEY_REUSED'])
    })
    expect(asked).toEqual([])
  })

  it('reports all user errors of an input together, and the service is not asked', async () => {
    const { reviews: asked } = await shop.askedDuring(async () => {
      const wrong = { productId: encodeId('Product', randomUUID()), rating: 6, text: ' ', idempotencyKey: randomUUID() }
      expect(dataOf(await add('customer ALFKI', wrong), added).reviewAdd).toEqual({
        replayed: false,
        product: null,
        userErrors: [
          { code: 'BLANK', path: ['input', 'text'] },
          { code: 'INVALID_RATING', path: ['input', 'rating'] },
          { code: 'PRODUCT_UNKNOWN', path: ['input', 'productId'] },
        ],
      })
    })
    expect(asked).toEqual([])
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['admin', 'FORBIDDEN'],
  ])('is denied to %s', async (viewer, code) => {
    expect(codesOf(await add(viewer, { idempotencyKey: randomUUID() }))).toEqual([code])
  })

  it('requires a key', async () => {
    expect(codesOf(await add('customer ALFKI', {}))).toEqual(['IDEMPOTENCY_KEY_REQUIRED'])
  })

  it('holds no transaction open while it waits for the service', async () => {
    const text = 'Slowly.'
    const input = { text, idempotencyKey: randomUUID() }
    const arrived = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    shop.holdReviews(async ({ headers }) => {
      if (!headers['idempotency-key']) return
      arrived.resolve()
      await go.promise
    })
    const answer = add('customer ALFKI', input)
    await arrived.promise
    const openTransactions = () =>
      shop.world.rowsOf(
        `select state from pg_stat_activity
         where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and state <> 'idle'
           and backend_type = 'client backend'`,
        z.object({ state: z.string() }),
      )
    // Those of the audit trail and the feed end by themselves, and that of the mutation would wait for the service.
    await expect.poll(openTransactions).toEqual([])
    go.resolve()
    shop.holdReviews(undefined)
    expect(dataOf(await answer, added).reviewAdd.userErrors).toEqual([])
  })

  it('that fails at the service changes nothing, is in the audit trail, and can be tried again with its key', async () => {
    const input = { text: 'Again.', idempotencyKey: randomUUID() }
    shop.reviews.breakWith({ isDown: true })
    const { reviews: asked } = await shop.askedDuring(async () => {
      const answered = await add('customer ALFKI', input)
      expect([answered.data, codesOf(answered)]).toEqual([{ reviewAdd: null }, ['UPSTREAM_UNAVAILABLE']])
    })
    shop.reviews.breakWith({})
    // A call that writes is tried once; its connection may have been an idle one that the service had closed.
    expect(asked.length).toBeLessThanOrEqual(2)
    expect(reviewsLike('Again.')).toEqual([])
    expect(dataOf(await add('customer ALFKI', input), added).reviewAdd).toMatchObject({
      replayed: false,
      userErrors: [],
    })
    expect(reviewsLike('Again.')).toHaveLength(1)
    const told = (await shop.world.audited()).filter(({ action }) => action === 'reviewAdd')
    expect(told.filter(({ outcome }) => outcome === 'FAILED')).toMatchObject([
      { codes: ['UPSTREAM_UNAVAILABLE'], subjectIds: [productId], subjectType: 'Product' },
    ])
    expect(told.filter(({ outcome }) => outcome === 'DONE')).toHaveLength(shop.reviews.reviews.length)
  })
})

describe('the reviews of products', () => {
  it('take one statement and one call for a page, counted in the log', async () => {
    const query = '{ products(first: 40) { edges { node { sku reviews { count } } } } }'
    const statements = await shop.world.statementsOf(async () => {
      const { reviews: asked } = await shop.askedDuring(() => shop.world.as('anonymous').query(`query Page ${query}`))
      expect(asked).toHaveLength(1)
    })
    expect(statements).toHaveLength(1)
    expect(operationLine(shop.world, 'Page')).toMatchObject({
      statements: 1,
      remoteCalls: 1,
      remoteMs: expect.any(Number),
    })
  })
})
