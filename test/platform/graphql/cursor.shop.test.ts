import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SortValue } from '../../../src/platform/context.ts'
import { codeOf } from '../../../src/platform/errors.ts'
import { CursorCodec } from '../../../src/platform/graphql/cursor.ts'

const secret = 'a secret of at least 32 characters'
const codec = new CursorCodec(secret)
const list = 'orders placedAt DESC'
const id = '01890a5d-ac96-774b-bcce-b302099a8057'

function codeOfDecoding(cursor: string, { by = codec, of = list } = {}): unknown {
  try {
    return by.decode(of, cursor)
  } catch (error) {
    return codeOf(error)
  }
}

describe('a cursor', () => {
  const values: [what: string, value: SortValue][] = [
    ['text', 'Alfreds Futterkiste'],
    ['no text', ''],
    ['text of any script', 'שלום "\\\0 👩‍👩‍👧 e\u0301'],
    ['digits', '42'],
    ['a whole number', 10_248],
    ['zero', 0],
    ['a negative fraction', -0.1],
    ['the largest number', Number.MAX_VALUE],
    ['the smallest number', Number.MIN_VALUE],
    ['a bigint', 42n],
    ['a bigint no number holds', -9_223_372_036_854_775_808n],
    ['a date', new Date('1998-05-06T01:02:03.004Z')],
    ['a date before Christ', new Date(-1e14)],
  ]
  it.each(values)('has %s, and its type', (_what, value) => {
    expect(codec.decode(list, codec.encode(list, [value, id]))).toStrictEqual([value, id])
  })

  it('has any value', () => {
    const any = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
    )
    fc.assert(
      fc.property(any, fc.uuid(), (value, uuid) => {
        expect(codec.decode(list, codec.encode(list, [value, uuid]))).toStrictEqual([value, uuid])
      }),
    )
  })

  const cursor = codec.encode(list, [new Date('1998-05-06T00:00:00Z'), id])
  const bytes = Buffer.from(cursor, 'base64url')

  it('is the same each time, on every replica with the secret', () => {
    expect(new CursorCodec(secret).encode(list, [new Date('1998-05-06T00:00:00Z'), id])).toBe(cursor)
    expect(cursor).toMatch(/^[\w-]+$/)
  })

  it('shows nothing of its position', () => {
    for (const value of [42, 'Alfreds Futterkiste']) {
      const [one, other] = [value, 43].map((each) => Buffer.from(codec.encode(list, [each, id]), 'base64url'))
      for (const shown of [String(value), id, '"s"']) expect(one?.includes(shown)).toBe(false)
      // Positions that differ in one character have nothing in common.
      expect(one?.subarray(16, 32).equals(other?.subarray(16, 32) ?? one)).toBe(false)
    }
  })

  it('has any number of values', () => {
    for (const position of [[1], [1, 'a', 2n, 3]])
      expect(codec.decode(list, codec.encode(list, position))).toStrictEqual(position)
  })

  it('is refused with any one bit flipped', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(codeOfDecoding(flipped.toString('base64url')), `bit ${bit}`).toBe('INVALID_CURSOR')
    }
  })

  it('is refused with any one character changed, removed or repeated', () => {
    for (let at = 0; at < cursor.length; at++) {
      const [head, char, tail] = [cursor.slice(0, at), cursor.slice(at, at + 1), cursor.slice(at + 1)]
      for (const other of ['', char + char, char === 'A' ? 'B' : 'A', char === 'Q' ? 'R' : 'Q']) {
        expect(codeOfDecoding(head + other + tail), `${other} at ${at}`).toBe('INVALID_CURSOR')
      }
    }
  })

  it('has one spelling only', () => {
    // For one of these the length in bytes is no multiple of three, so base64 would pad it.
    const cursors = ['', 'a', 'ab'].map((value) => codec.encode(list, [value, id]))
    for (const spelled of cursors) {
      const padded = Buffer.from(spelled, 'base64url').toString('base64')
      const others = [`${spelled}=`, `${spelled}==`, `${spelled}\n`, ` ${spelled}`, `${spelled}*`, `${spelled}A`]
      if (padded !== spelled) others.push(padded)
      for (const other of others) expect(codeOfDecoding(other), other).toBe('INVALID_CURSOR')
    }
    const spare = cursors.find((spelled) => spelled.length % 4 === 2) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(spare.slice(-1))
    // The low four bits of the last character are unused, and must be zero.
    const others = [...alphabet].filter((_, index) => index >> 4 === last >> 4 && index !== last)
    expect(others).toHaveLength(15)
    for (const char of others) expect(codeOfDecoding(spare.slice(0, -1) + char)).toBe('INVALID_CURSOR')
  })

  it.each(['', 'A', 'x', '=', cursor.slice(0, 21), cursor.slice(0, 22), '1', 'null', `${cursor}${cursor}`, '💥'])(
    'is not %j',
    (other) => {
      expect(codeOfDecoding(other)).toBe('INVALID_CURSOR')
    },
  )

  it('of another list, sort or direction is refused', () => {
    for (const of of [
      'orders placedAt ASC',
      'orders number DESC',
      'invoices placedAt DESC',
      '',
      `${list}\0`,
      ` ${list}`,
    ]) {
      expect(codeOfDecoding(cursor, { of })).toBe('INVALID_CURSOR')
    }
  })

  it('made with another secret, or without one, is refused', () => {
    expect(codeOfDecoding(cursor, { by: new CursorCodec(`${secret}.`) })).toBe('INVALID_CURSOR')
    const text = bytes.subarray(16)
    const forged = createHmac('sha256', '').update(list).update('\0').update(text).digest().subarray(0, 16)
    expect(codeOfDecoding(Buffer.concat([forged, text]).toString('base64url'))).toBe('INVALID_CURSOR')
    expect(codeOfDecoding(text.toString('base64url'))).toBe('INVALID_CURSOR')
  })
})
