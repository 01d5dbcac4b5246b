import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBytes, encodeBytes } from '../../../src/platform/graphql/base32.ts'

it('bytes of any length have one text in base 32', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = encodeBytes(bytes)
      expect(text).toMatch(/^[0-9a-hjkmnp-tv-z]*$/)
      expect(text).toHaveLength(Math.ceil((bytes.length * 8) / 5))
      expect(decodeBytes(text)).toEqual(bytes)
    }),
  )
})

it.each(['i', 'zz', '80', 'ZZ', 'zzz', '00000000000000000000000000i', 'g000000', '-0'])(
  'no bytes have the text %j',
  (text) => {
    expect(decodeBytes(text)).toBeUndefined()
  },
)
