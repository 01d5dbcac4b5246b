import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, dataOf } from '../../support/world.ts'
import { operationLine, type ShopWithServices, shopWithServices } from '../support/remote-services.ts'

let shop: ShopWithServices
beforeAll(async () => {
  shop = await shopWithServices({ CARRIER_TOKEN: 'the-servers-own-credential' })
})
afterAll(() => shop.close())

const parcel = z.object({ number: z.string(), status: z.string() })
const order = z.object({ number: z.number(), tracking: z.array(parcel) })
const list = z.object({ orders: z.object({ edges: z.array(z.object({ node: order })) }) })
const one = z.object({ order: order.nullable() })

const byNumber = 'query One($number: Int!) { order(number: $number) { number tracking { number status } } }'
const firstFifty = (name: string) =>
  `query ${name} { orders(first: 50, filter: { unshipped: false }, sort: { field: NUMBER, direction: ASC }) {
    edges { node { number tracking { number status } } } } }`

describe('the tracking of orders', () => {
  it('takes one statement and one call for a list of 50, on both routes', async () => {
    const rounds = []
    for (const round of ['general route', 'fast path']) {
      const asked = { calls: 0 }
      const statements = await shop.world.statementsOf(async () => {
        const { carrier } = await shop.askedDuring(async () => {
          const { orders } = dataOf(await shop.world.as('admin').query(firstFifty('Fifty')), list)
          expect(orders.edges).toHaveLength(50)
          expect(orders.edges.every(({ node }) => node.tracking[0]?.number === `NW-${node.number}`)).toBe(true)
        })
        asked.calls = carrier.length
      })
      rounds.push([round, statements.length, asked.calls])
    }
    // The carrier lets its answers be kept, so the second request asks nothing.
    expect(rounds).toEqual([
      ['general route', 1, 1],
      ['fast path', 1, 0],
    ])
    expect(operationLine(shop.world, 'Fifty')).toMatchObject({ compiled: true })
  })

  it('of one order comes from the call for one parcel, with the credential of the server and the id of the request', async () => {
    const { carrier } = await shop.askedDuring(async () => {
      expect(
        dataOf(await shop.world.as('customer ALFKI').query(byNumber, { number: 10_643 }), one).order,
      ).toMatchObject({
        tracking: [{ number: 'NW-10643' }],
      })
    })
    expect(carrier.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /trackings/NW-10643'])
    const headers = carrier[0]?.headers ?? {}
    expect(headers.authorization).toBe('Bearer the-servers-own-credential')
    expect(headers['x-request-id']).toMatch(/^[\w-]{10,}$/)
    expect(headers.traceparent).toBeUndefined()
  })

  it('passes the trace of the client on, and nothing else of it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const authorization = `Bearer ${await shop.world.tokenFor('admin')}`
    const { carrier } = await shop.askedDuring(() =>
      shop.world.fetchGraphQL({
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          cookie: 'a=b',
          tracestate: 'x=1',
          'x-request-id': 'of-the-client',
          authorization,
          traceparent,
        },
        body: JSON.stringify({ query: byNumber, variables: { number: 10_692 } }),
      }),
    )
    const headers = carrier[0]?.headers ?? {}
    expect(headers).toMatchObject({ traceparent, tracestate: 'x=1', 'x-request-id': 'of-the-client' })
    expect(headers.authorization).toBe('Bearer the-servers-own-credential')
    expect(headers.cookie).toBeUndefined()
  })

  it('is empty for an order that is not shipped, and for numbers that the carrier does not know', async () => {
    const shipment = await shop.world.client.shipment.findFirstOrThrow({ where: { order: { number: 10_702 } } })
    await shop.world.client.shipment.update({ where: { id: shipment.id }, data: { trackingNumber: '?unknown' } })
    const numbers = [10_702, 11_077]
    const { carrier } = await shop.askedDuring(async () => {
      for (const number of numbers)
        expect(dataOf(await shop.world.as('admin').query(byNumber, { number }), one).order).toEqual({
          number,
          tracking: [],
        })
    })
    expect(carrier.map(({ path }) => path)).toEqual(['/trackings/%3Funknown'])
  })

  it('asks for no number that would lead out of the API of the carrier', async () => {
    const shipment = await shop.world.client.shipment.findFirstOrThrow({ where: { order: { number: 10_835 } } })
    for (const trackingNumber of ['..', '../faults', 'a/b?c#d']) {
      await shop.world.client.shipment.update({ where: { id: shipment.id }, data: { trackingNumber } })
      const { carrier } = await shop.askedDuring(() => shop.world.as('admin').query(byNumber, { number: 10_835 }))
      expect(carrier.map(({ path }) => path)).toEqual(
        trackingNumber === '..' ? [] : [`/trackings/${encodeURIComponent(trackingNumber)}`],
      )
    }
  })
})

describe('a customer', () => {
  const paths: [path: string, query: string, variables: (id: string, shipment: string) => Record<string, string>][] = [
    ['the id', 'query ($id: ID!) { order(id: $id) { tracking { number } } }', (id) => ({ id })],
    ['the number', 'query { order(number: 10248) { tracking { number } } }', () => ({})],
    ['node', 'query ($id: ID!) { node(id: $id) { ... on Order { tracking { number } } } }', (id) => ({ id })],
    ['nodes', 'query ($id: ID!) { nodes(ids: [$id]) { ... on Order { tracking { number } } } }', (id) => ({ id })],
    [
      'the shipment',
      'query ($id: ID!) { node(id: $id) { ... on Shipment { tracking { number } } } }',
      (_id, shipment) => ({ id: shipment }),
    ],
    [
      'a list of the other customer',
      `{ customers { edges { node { orders { edges { node { number tracking { number } } } } } } } }`,
      () => ({}),
    ],
  ]

  it.each(paths)(
    'reads no tracking of the order of another by %s, and the carrier is not asked',
    async (_path, query, variables) => {
      const { id, shipments } = await shop.world.client.order.findUniqueOrThrow({
        where: { number: 10_248 },
        include: { shipments: true },
      })
      const given = variables(encodeId('Order', id), encodeId('Shipment', shipments[0]?.id ?? ''))
      for (let round = 0; round < 2; round++) {
        const { carrier } = await shop.askedDuring(async () => {
          const { data } = await shop.world.as('customer ALFKI').query(query, given)
          expect(JSON.stringify(data)).not.toContain('NW-10248')
        })
        expect(carrier.flatMap(({ path, body }) => `${path} ${JSON.stringify(body)}`).join()).not.toContain('NW-10248')
      }
    },
  )

  it('with a forged id gets an error or nothing', async () => {
    const query = 'query ($id: ID!) { order(id: $id) { tracking { number } } }'
    const forged = [
      'order_01h455vb4pex5vsknk084sn02q',
      'NW-10248',
      'order_NW-10248',
      encodeId('Shipment', crypto.randomUUID()),
    ]
    const { carrier } = await shop.askedDuring(async () => {
      for (const id of forged) {
        const answered = await shop.world.as('customer ALFKI').query(query, { id })
        expect(answered.data).toEqual({ order: null })
        expect(codesOf(answered).every((code) => code === 'INVALID_ID')).toBe(true)
      }
    })
    expect(carrier).toEqual([])
  })
})
