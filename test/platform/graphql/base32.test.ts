import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBytes, encodeBytes, uuidEncoder } from '../../../src/platform/graphql/base32.ts'

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

it('a text that is no UUID has no id, and none of the digits of the UUID before', () => {
  const encode = uuidEncoder('thing_')
  expect(encode('018f3a5e-7c1d-7b2a-9c4e-1234567890ab')).toMatch(/^thing_[0-9a-hjkmnp-tv-z]{26}$/)
  for (const text of ['', 'abc', '018f3a5e', '018f3a5e-7c1d-7b2a-9c4e-1234567890ab00'])
    expect(() => encode(text)).toThrow('A key that must be a UUID is none')
})
