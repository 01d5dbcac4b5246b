import { z } from 'zod'
import type { SeenPosition } from '../database/wal-position.ts'
import type { ExchangeRequest } from '../http/exchange.ts'
import { Sealer } from '../privacy/sealer.ts'

export const consistencyHeader = 'x-consistency-token'

/** Far longer than any token. */
const longestText = 500
const unknown = 'unknown'
const position = z
  .tuple([z.string(), z.coerce.number().int(), z.string().transform((digits) => BigInt(`0x${digits}`))])
  .transform(([cluster, timeline, lsn]) => ({ cluster, timeline, lsn }))

/**
 * What a client has seen, as a text that it sends back. It is encrypted: the position of the log would tell how much is
 * written.
 */
export class ConsistencyTokens {
  readonly #sealer: Sealer

  /** The secret is the same on every replica of the server. */
  constructor(secret: string) {
    this.#sealer = new Sealer(secret, 'frontdoor consistency tokens')
  }

  encode(seen: SeenPosition): string {
    const text = seen === unknown ? unknown : `${seen.cluster} ${seen.timeline} ${seen.lsn.toString(16)}`
    return Buffer.from(this.#sealer.seal(text)).toString('base64url')
  }

  /** What the header of a request says; undefined without a token. */
  seenBy({ headers }: Pick<ExchangeRequest, 'headers'>): SeenPosition | undefined {
    const text = headers.get(consistencyHeader)
    return text ? this.decode(text) : undefined
  }

  /** A text that is no token of this server, or no longer one, demands what every token can: the primary. */
  decode(text: unknown): SeenPosition {
    if (typeof text !== 'string' || text.length > longestText) return unknown
    try {
      const opened = this.#sealer.open(Buffer.from(text, 'base64url'))
      return opened === unknown ? unknown : position.parse(opened.split(' '))
    } catch {
      return unknown
    }
  }
}
