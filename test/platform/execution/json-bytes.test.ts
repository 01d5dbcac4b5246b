import { expect, it } from 'vitest'
import { JsonBytes, JsonPiece } from '../../../src/platform/execution/compiled/json-bytes.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'

/** What is written into a buffer that is too small at first. */
function written(write: (out: JsonBytes) => void): string {
  const out = new JsonBytes(0)
  write(out)
  return out.end().toString()
}

it('writes pieces of any length one behind the other, with nothing in between', () => {
  const texts = Array.from({ length: 40 }, (_, length) => '{"~ :azAZ09_'.repeat(4).slice(0, length))
  const pieces = texts.map((text) => new JsonPiece(text))
  const write = (out: JsonBytes) => {
    for (const piece of pieces) out.piece(piece)
  }
  expect(written(write)).toBe(texts.join(''))
})

it('writes integers of 32 bits as JSON does', () => {
  const integers = [
    0, -0, 1, -1, 9, 10, -10, 99, 100, 12_345, 999_999_999, 1_000_000_000, 2_147_483_647, -2_147_483_648,
  ]
  for (const integer of integers) expect(written((out) => out.integer(integer))).toBe(JSON.stringify(integer))
})

it('writes the digits of a UUID as an id has them, and refuses any other text', () => {
  const uuid = '018f3a5e-7c1d-7b2a-9c4e-1234567890ab'
  expect(`event_${written((out) => out.uuid(uuid))}`).toBe(encodeId('Event', uuid))
  expect(() => written((out) => out.uuid('018f3a5e'))).toThrow('A key that must be a UUID is none')
})

it.each(['', 'plain', 'a "quote" and a \\', 'line\nbreak', 'Côte de Blaye', '😀', '\u007f', '\ud800'])(
  'writes the text %j as JSON does',
  (text) => {
    expect(written((out) => out.string(text))).toBe(JSON.stringify(text))
  },
)
