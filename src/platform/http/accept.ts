import { weightedMembers } from './weights.ts'

/** Media types of responses. The first is the default: clients older than the specification read it. */
const served = ['application/json', 'application/graphql-response+json']

const eventStream = 'text/event-stream'

interface Range {
  type: string
  weight: number
}

/**
 * The media type of the response, by the weights of an `Accept` header (RFC 9110, section 12.5.1); undefined where none
 * is acceptable. Of equal weights a named type beats a wildcard, then the first one wins. Other parameters are ignored,
 * because JSON has none.
 */
export function mediaTypeFor(accept: string | undefined): string | undefined {
  return bestOf(served, accept)
}

/** The same of these media types, of which the first is the default. */
export function bestOf(types: readonly string[], accept: string | undefined): string | undefined {
  // Most clients send one of these.
  if (accept !== undefined && types.includes(accept)) return accept
  const ranges = rangesIn(accept)
  const offers = types.flatMap((type) => {
    const range = rangeOf(type, ranges)
    return range ? [{ type, range }] : []
  })
  const [best] = offers.sort(
    (a, b) =>
      b.range.weight - a.range.weight ||
      precision(b.range) - precision(a.range) ||
      ranges.indexOf(a.range) - ranges.indexOf(b.range),
  )
  return best?.type
}

/** Whether a whole `Accept` header is one media type of responses, as most clients send it. */
export function isServedType(accept: string): boolean {
  return served.includes(accept)
}

/** Whether the response may be a stream of server-sent events. */
export function acceptsEventStream(accept: string | undefined): boolean {
  if (accept !== undefined && served.includes(accept)) return false
  return rangeOf(eventStream, rangesIn(accept)) !== undefined
}

/** The most precise range of a media type; undefined where there is none, or where it refuses the type. */
function rangeOf(mediaType: string, ranges: readonly Range[]): Range | undefined {
  const [range] = ranges.filter((range) => covers(range, mediaType)).sort((a, b) => precision(b) - precision(a))
  return range && range.weight > 0 ? range : undefined
}

function rangesIn(accept: string | undefined): Range[] {
  return weightedMembers(accept?.trim() || '*/*').map(({ name, weight }) => ({ type: name, weight }))
}

function covers({ type }: Range, mediaType: string): boolean {
  return type === mediaType || type === '*/*' || type === `${mediaType.split('/', 1)[0]}/*`
}

function precision({ type }: Range): number {
  if (type === '*/*') return 0
  return type.endsWith('/*') ? 1 : 2
}
