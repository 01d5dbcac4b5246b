import { randomUUID } from 'node:crypto'
import createClient from 'openapi-fetch'
import type { components, paths } from './generated/api.ts'

const url = process.env.FRONTDOOR_URL ?? 'http://127.0.0.1:4000'
// Answers as JSON: lists come as CSV too.
const api = createClient<paths, `application/${string}`>({
  baseUrl: `${url}/partner/api`,
  headers: { authorization: `Bearer ${process.env.FRONTDOOR_TOKEN}` },
})

/** The data of an answer. A problem says what is wrong, as in RFC 9457. */
function dataOf<Data>({ data, error }: { data?: Data; error?: components['schemas']['Problem'] }): Data {
  if (data === undefined) throw new Error(`${error?.code}: ${error?.detail}`)
  return data
}

// A page of products that can be ordered. The cursor of the next one is in the Link header.
const query = { first: 3, inStock: true, price: { currency: 'USD', max: '20' }, sort: { field: 'NAME' as const } }
const page = await api.GET('/products', { params: { query } })
const [next] = /(?<=<)[^>]+(?=>; rel="next")/.exec(page.response.headers.get('link') ?? '') ?? []
const after = new URL(next ?? '', url).searchParams.get('after') ?? undefined
const second = await api.GET('/products', { params: { query: { ...query, after } } })
const pages = [page, second].map((each) => dataOf(each).map(({ name }) => name))

// Places an order. Every attempt sends the same key, so the order is placed once.
const [product] = dataOf(page)
const order = {
  customerId: process.env.CUSTOMER_ID ?? '',
  lines: [{ productId: product?.id ?? '', quantity: 2 }],
  shipTo: { recipient: 'Maria Anders', street: 'Obere Str. 57', city: 'Berlin', postalCode: '12209', country: 'DE' },
}
const key = { 'Idempotency-Key': randomUUID() }
const place = () => api.POST('/orders', { params: { header: key }, body: order })
const placed = await place()
const again = await place()
const { id = '', number, status } = dataOf(placed) ?? {}

// What can be mended has a pointer into the body.
const lines = [{ productId: product?.id ?? '', quantity: 0 }]
const refused = await api.POST('/orders', {
  params: { header: { 'Idempotency-Key': randomUUID() } },
  body: { ...order, lines },
})
const faults = refused.error?.errors?.map(({ code, pointer }) => `${code} ${pointer}`)

const cancelled = await api.POST('/orders/{id}/cancel', { params: { path: { id } }, body: { reason: 'a trial' } })

console.log(
  JSON.stringify({
    pages,
    placed: { number, status },
    replayed: [placed, again].map(({ response }) => response.headers.get('idempotent-replayed')),
    isSame: dataOf(again)?.id === id,
    refused: [refused.response.status, refused.error?.code, ...(faults ?? [])],
    cancelled: dataOf(cancelled)?.status,
  }),
)
