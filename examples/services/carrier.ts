import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type ServiceAnswer, type ServiceRequest, startService } from './service.ts'

const search = z.object({ numbers: z.array(z.string()).max(50) })
const statuses = ['ANNOUNCED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'RETURNED'] as const
const places = ['Hamburg', 'Lyon', 'Rotterdam', 'Leipzig', 'Graz']

interface Options {
  port?: number
  cacheControl?: string
  onRequest?: (request: ServiceRequest) => void | Promise<void>
}

/**
 * A carrier's REST API: `POST /trackings/search` for up to 50 parcels, `GET /trackings/{number}` for one. It knows every
 * number but those that begin with `?`, and says the same of a number each time.
 */
export function startCarrier({ cacheControl = 'max-age=30', ...options }: Options = {}) {
  const headers = { 'cache-control': cacheControl }
  return startService({ ...options, answer: (request) => ({ headers, ...answer(request) }) })
}

function answer({ method, path, body }: ServiceRequest): ServiceAnswer {
  if (method === 'POST' && path === '/trackings/search') {
    const { numbers } = search.parse(body)
    return { body: { trackings: numbers.filter(isKnown).map(trackingOf) } }
  }
  const number = decodeURIComponent(/^\/trackings\/([^/]+)$/.exec(path)?.[1] ?? '?')
  if (method === 'GET' && isKnown(number)) return { body: trackingOf(number) }
  return { status: 404, body: { error: 'not found' } }
}

function isKnown(number: string): boolean {
  return !number.startsWith('?')
}

function trackingOf(number: string) {
  const [first = 0, second = 0, third = 0] = createHash('sha256').update(number).digest()
  return {
    number,
    status: statuses[first % statuses.length],
    place: places[second % places.length],
    expectedOn: `2026-12-${String(1 + (third % 28)).padStart(2, '0')}`,
    updatedAt: '2026-11-20T08:00:00Z',
  }
}
