import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import type { Cursors, Position, SortValue } from '../context.ts'
import { momentOfText, momentText } from '../database/moment.ts'
import { clientError } from '../errors.ts'
import { DeterministicSealer } from '../privacy/deterministic-sealer.ts'

const tag = z.enum(['s', 'n', 'b', 'd', 'e', 'o', '0'])
const payload = z.array(z.tuple([tag, z.string()])).min(1)

/**
 * A cursor is base64url of a position, encrypted: a key that is a number would tell how many rows there are. It is sealed
 * for its list and sort, so a cursor of one list or sort is invalid for another. It names no row that must still exist.
 */
export class CursorCodec implements Cursors {
  readonly #sealer: DeterministicSealer
  /** By list and sort, of which a schema has so many. */
  readonly #seals = new Map<string, ReturnType<DeterministicSealer['for']>>()

  constructor(secret: string) {
    this.#sealer = DeterministicSealer.of(secret, 'frontdoor cursors')
  }

  encode(list: string, position: Position): string {
    return this.#sealOf(list)
      .seal(Buffer.from(JSON.stringify(position.map(tagged))))
      .toString('base64url')
  }

  decode(list: string, cursor: string): Position {
    const bytes = Buffer.from(cursor, 'base64url')
    // `Buffer.from` skips characters outside base64url, so one position would have many spellings.
    const spelledOnce = bytes.toString('base64url') === cursor
    const text = spelledOnce ? this.#sealOf(list).open(bytes) : undefined
    if (!text) {
      throw clientError(
        'INVALID_CURSOR',
        'This is not a cursor of this list in this order; take one from its edges or pageInfo.',
      )
    }
    return payload.parse(JSON.parse(text.toString())).map(([tag, text]) => untagged(tag, text))
  }

  #sealOf(list: string) {
    const seal = this.#seals.get(list) ?? this.#sealer.for(list)
    this.#seals.set(list, seal)
    return seal
  }
}

function tagged(value: SortValue): [tag: z.infer<typeof tag>, text: string] {
  if (value === null) return ['0', '']
  if (value instanceof Date) return ['d', momentText(value)]
  if (typeof value === 'boolean') return ['o', String(value)]
  if (typeof value === 'bigint') return ['b', value.toString()]
  if (typeof value === 'number') return ['n', value.toString()]
  return typeof value === 'string' ? ['s', value] : ['e', value.toFixed()]
}

function untagged(tag: z.infer<typeof payload>[number][0], text: string): SortValue {
  if (tag === '0') return null
  if (tag === 'd') return momentOfText(text)
  if (tag === 'e') return new Prisma.Decimal(text)
  if (tag === 'o') return text === 'true'
  if (tag === 'b') return BigInt(text)
  if (tag === 'n') return Number(text)
  return text
}
