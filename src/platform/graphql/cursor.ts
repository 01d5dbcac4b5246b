import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Cursors, Position, SortValue } from '../context.ts'
import { clientError } from '../errors.ts'

const macBytes = 16
const payload = z.tuple([z.enum(['s', 'n', 'b', 'd']), z.string(), z.uuid()])

/**
 * A cursor is base64url of a truncated HMAC-SHA256 and the position. The code covers the list and its sort, so a cursor
 * of one list or sort is invalid for another. It names no row that must still exist.
 */
export class CursorCodec implements Cursors {
  /** A key object, so that the key is not derived from its text for each cursor. */
  readonly #secret: KeyObject

  constructor(secret: string) {
    this.#secret = createSecretKey(secret, 'utf8')
  }

  encode(list: string, { value, id }: Position): string {
    const text = Buffer.from(JSON.stringify([...tagged(value), id]))
    return Buffer.concat([this.#mac(list, text), text]).toString('base64url')
  }

  decode(list: string, cursor: string): Position {
    const bytes = Buffer.from(cursor, 'base64url')
    const text = bytes.subarray(macBytes)
    // `Buffer.from` skips characters outside base64url, so one position would have many spellings.
    const spelledOnce = bytes.toString('base64url') === cursor
    if (!spelledOnce || text.length === 0 || !timingSafeEqual(bytes.subarray(0, macBytes), this.#mac(list, text))) {
      throw clientError(
        'INVALID_CURSOR',
        'This is not a cursor of this list in this order; take one from its edges or pageInfo.',
      )
    }
    const [tag, value, id] = payload.parse(JSON.parse(text.toString()))
    return { value: untagged(tag, value), id }
  }

  #mac(list: string, text: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update(list).update('\0').update(text).digest().subarray(0, macBytes)
  }
}

function tagged(value: SortValue): [tag: string, text: string] {
  if (value instanceof Date) return ['d', value.toISOString()]
  if (typeof value === 'bigint') return ['b', value.toString()]
  if (typeof value === 'number') return ['n', value.toString()]
  return ['s', value]
}

function untagged(tag: 's' | 'n' | 'b' | 'd', text: string): SortValue {
  if (tag === 'd') return new Date(text)
  if (tag === 'b') return BigInt(text)
  if (tag === 'n') return Number(text)
  return text
}
