import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { installPackages } from '../../scripts/install-packages.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { createEnvironment, type Environment } from '../support/environment.ts'
import { ServerProcess } from '../support/server-process.ts'

const folder = join(import.meta.dirname, '../../examples/gateway')
const reviewsProgram = 'test/gateway/support/reviews-process.ts'

const graphqlAnswer = z.object({
  data: z.unknown(),
  errors: z
    .array(z.looseObject({ path: z.array(z.unknown()), extensions: z.looseObject({ code: z.string() }) }))
    .default([]),
})

type Answer = z.infer<typeof graphqlAnswer>

let environment: Environment
let frontdoor: ServerProcess
let reviews: ServerProcess
let gateway: ServerProcess
const tokens = new Map<string, string>()
beforeAll(async () => {
  installPackages(folder, 'the gateway')
  environment = await createEnvironment('demo')
  const { env, dataDir } = environment
  reviews = await ServerProcess.openProgram(reviewsProgram, {})
  const settings = { FEDERATION: 'true', INTROSPECTION: 'false', REVIEWS_URL: reviews.url, LOG_LEVEL: 'warn' }
  frontdoor = await ServerProcess.open({ ...env, ...settings })
  gateway = await ServerProcess.openProgram('examples/gateway/gateway.ts', {
    FRONTDOOR_URL: frontdoor.url,
    REVIEWS_URL: reviews.url,
  })
  const { auth } = parseConfig({ NODE_ENV: 'test' })
  for (const code of ['ALFKI', 'ANATR']) tokens.set(code, await developmentToken(dataDir, auth, demoCustomer(code)))
  await review('NW-0028', 5, 'Sour, as it should be.')
  await review('NW-0028', 2, 'Too sour.')
  await review('NW-0001', 4, 'Every morning.')
}, 300_000)
afterAll(async () => {
  await Promise.all([gateway, reviews, frontdoor].map((server) => server?.end('SIGTERM')))
  await environment?.[Symbol.asyncDispose]()
})

async function post(url: string, query: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return graphqlAnswer.parse(await response.json())
}

function ask(query: string, customer?: string, headers: Record<string, string> = {}) {
  const credential: Record<string, string> = customer ? { authorization: `Bearer ${tokens.get(customer)}` } : {}
  return post(gateway.url, query, { ...credential, ...headers })
}

async function review(sku: string, rating: number, text: string): Promise<void> {
  const input = `{ sku: "${sku}", author: "a", rating: ${rating}, text: "${text}" }`
  expect((await post(reviews.url, `mutation { reviewAdd(input: ${input}) { rating } }`)).errors).toEqual([])
}

const order = `{
  order(number: 10643) {
    number customer { code } lines { quantity product { sku name reviews { count averageRating } } }
  }
}`
const lineOf = (quantity: number, sku: string, name: string, reviews: unknown) => ({
  quantity,
  product: { sku, name, reviews },
})
const orderWith = (sauerkraut: unknown, others: unknown) => ({
  order: {
    number: 10643,
    customer: { code: 'ALFKI' },
    lines: [
      lineOf(15, 'NW-0028', 'Rössle Sauerkraut', sauerkraut),
      lineOf(21, 'NW-0039', 'Chartreuse verte', others),
      lineOf(2, 'NW-0046', 'Spegesild', others),
    ],
  },
})
const reviewed = orderWith({ count: 2, averageRating: 3.5 }, { count: 0, averageRating: null })
const withoutReviews = orderWith(null, null)
const missingReviews = [0, 1, 2].map((line) => ['order', 'lines', line, 'product', 'reviews'])
const unseen = { data: { order: null }, errors: [] }

const requests = 200
const atOnce = 16

/** The answers to two customers who ask for the order of one of them in turn. */
async function load(onAnswered: (answered: number) => unknown = () => {}) {
  const customers = ['ALFKI', 'ANATR'] as const
  const answers = { ALFKI: [] as Answer[], ANATR: [] as Answer[] }
  let [asked, answered] = [0, 0]
  const caller = async () => {
    while (asked < requests) {
      const customer = customers[asked++ % 2] ?? 'ALFKI'
      answers[customer].push(await ask(order, customer))
      await onAnswered(++answered)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  return answers
}

it('the example compiles', async () => {
  await promisify(execFile)('npm', ['run', '--silent', 'check'], { cwd: folder })
})

describe('a gateway before Frontdoor and a subgraph with reviews', () => {
  it('answers one query from both', async () => {
    expect(await ask(order, 'ALFKI')).toEqual({ data: reviewed, errors: [] })
  })

  it('reads from Frontdoor the products that the other subgraph names by SKU', async () => {
    const query = '{ reviewedProducts { name unitPrice { amount currency } reviews { latest { rating text } } } }'
    expect(await ask(query)).toEqual({
      data: {
        reviewedProducts: [
          {
            name: 'Chai',
            unitPrice: { amount: '18.00', currency: 'USD' },
            reviews: { latest: [{ rating: 4, text: 'Every morning.' }] },
          },
          {
            name: 'Rössle Sauerkraut',
            unitPrice: { amount: '45.60', currency: 'USD' },
            reviews: {
              latest: [
                { rating: 2, text: 'Too sour.' },
                { rating: 5, text: 'Sour, as it should be.' },
              ],
            },
          },
        ],
      },
      errors: [],
    })
  })

  it('passes on the credential: each customer sees their own orders, and nobody without one sees any', async () => {
    expect(await ask(order, 'ANATR')).toEqual(unseen)
    expect(await ask('{ orders { totalCount } }', 'ALFKI')).toMatchObject({ data: { orders: { totalCount: 6 } } })
    expect(await ask('{ orders { totalCount } }', 'ANATR')).toMatchObject({ data: { orders: { totalCount: 4 } } })
    const { data, errors } = await ask(order)
    expect([data, errors.map(({ path, extensions }) => [path, extensions.code])]).toEqual([
      { order: null },
      [[['order'], 'UNAUTHENTICATED']],
    ])
  })

  it('passes on mutations, with the key that makes a retry safe, and answers from what they changed', async () => {
    const { data } = await ask('{ product(sku: "NW-0002") { id } }')
    const { product } = z.object({ product: z.object({ id: z.string() }) }).parse(data)
    const add = `mutation {
      reviewAdd(input: { productId: "${product.id}", rating: 3, text: "Not bad." }) {
        replayed userErrors { code } product { name reviews { count latest { rating } } }
      }
    }`
    const changed = { name: 'Chang', reviews: { count: 1, latest: [{ rating: 3 }] } }
    for (const replayed of [false, true]) {
      expect(await ask(add, 'ALFKI', { 'idempotency-key': 'a-review' })).toEqual({
        data: { reviewAdd: { replayed, userErrors: [], product: changed } },
        errors: [],
      })
    }
  })

  it('keeps the viewers apart under load', async () => {
    const start = performance.now()
    const answers = await load()
    console.log(`${requests} requests in ${Math.round(performance.now() - start)} ms`)
    expect(answers.ALFKI).toEqual(Array.from({ length: requests / 2 }, () => ({ data: reviewed, errors: [] })))
    expect(answers.ANATR).toEqual(Array.from({ length: requests / 2 }, () => unseen))
  })

  it('gives everything but reviews from the moment their subgraph is killed under load, until it is back', async () => {
    const { port } = new URL(reviews.url)
    const answers = await load((answered) => answered === requests / 4 && reviews.end('SIGKILL'))
    const [before, after] = [
      { data: reviewed, errors: [] },
      { data: withoutReviews, errors: missingReviews },
    ]
    const found = answers.ALFKI.map(({ data, errors }) => ({ data, errors: errors.map(({ path }) => path) }))
    expect(found.filter((each) => !isDeepStrictEqual(each, before) && !isDeepStrictEqual(each, after))).toEqual([])
    expect(found.some(({ errors }) => errors.length === 0)).toBe(true)
    expect(found.at(-1)).toEqual(after)
    expect(answers.ANATR).toEqual(Array.from({ length: requests / 2 }, () => unseen))

    reviews = await ServerProcess.openProgram(reviewsProgram, { PORT: port })
    await review('NW-0028', 5, 'Sour, as it should be.')
    await review('NW-0028', 2, 'Too sour.')
    expect(await ask(order, 'ALFKI')).toEqual({ data: reviewed, errors: [] })
  })
})
