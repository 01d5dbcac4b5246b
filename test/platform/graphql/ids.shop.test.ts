import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../../../src/platform/errors.ts'
import { decodeId, encodeId, parseAnyId, parseId, prefixOf } from '../../../src/platform/graphql/ids.ts'

/** The vectors of the TypeID specification, `spec/valid.yml`. */
const vectors: [suffix: string, uuid: string][] = [
  ['00000000000000000000000000', '00000000-0000-0000-0000-000000000000'],
  ['00000000000000000000000001', '00000000-0000-0000-0000-000000000001'],
  ['0000000000000000000000000a', '00000000-0000-0000-0000-00000000000a'],
  ['0000000000000000000000000g', '00000000-0000-0000-0000-000000000010'],
  ['00000000000000000000000010', '00000000-0000-0000-0000-000000000020'],
  ['0123456789abcdefghjkmnpqrs', '0110c853-1d09-52d8-d73e-1194e95b5f19'],
  ['01h455vb4pex5vsknk084sn02q', '01890a5d-ac96-774b-bcce-b302099a8057'],
  ['7zzzzzzzzzzzzzzzzzzzzzzzzz', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
]
const suffix = '01h455vb4pex5vsknk084sn02q'
const uuid = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('a public id', () => {
  it.each(vectors)('with the suffix %s has the UUID %s', (encoded, decoded) => {
    expect(encodeId('Order', decoded)).toBe(`order_${encoded}`)
    expect(decodeId('Order', `order_${encoded}`)).toBe(decoded)
  })

  it('decodes to its UUID, and sorts like it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        const [a, b] = [encodeId('Order', one), encodeId('Order', other)]
        expect(decodeId('Order', a)).toBe(one)
        expect(a < b).toBe(one < other)
      }),
    )
  })

  it('is the same for a UUID in upper case', () => {
    expect(encodeId('Order', uuid.toUpperCase())).toBe(`order_${suffix}`)
  })

  it.each([
    ['Order', 'order'],
    ['OrderLine', 'order_line'],
    ['ShipmentLineItem', 'shipment_line_item'],
    ['Sha256Key', 'sha256_key'],
  ])('of a %s begins with %s', (typeName, prefix) => {
    expect(prefixOf(typeName)).toBe(prefix)
    expect(parseAnyId(encodeId(typeName, uuid))).toEqual({ prefix, key: uuid })
    expect(decodeId(typeName, `${prefix}_${suffix}`)).toBe(uuid)
  })
})

const invalid: [what: string, id: string][] = [
  ['a suffix of more than 128 bits', 'order_8zzzzzzzzzzzzzzzzzzzzzzzzz'],
  ['a suffix of more than 128 bits that are zero', 'order_80000000000000000000000000'],
  ['a suffix in upper case', `order_${suffix.toUpperCase()}`],
  ['one letter in upper case', 'order_01h455vb4pex5vsknk084sn02Q'],
  ['a prefix in upper case', `Order_${suffix}`],
  ...['i', 'l', 'o', 'u'].map((letter): [string, string] => [
    `the letter ${letter}`,
    `order_01h455vb4pex5vsknk084sn02${letter}`,
  ]),
  ['a suffix that is too short', `order_${suffix.slice(1)}`],
  ['a suffix that is too long', `order_0${suffix}`],
  ['no suffix', 'order_'],
  ['no prefix', suffix],
  ['an empty prefix', `_${suffix}`],
  ['no separator', `order${suffix}`],
  ['another separator', `order-${suffix}`],
  ['two separators', `order__${suffix}`],
  ['another type', `customer_${suffix}`],
  ['a type whose name begins the same', `order_line_${suffix}`],
  ['nothing', ''],
  ['a UUID', uuid],
  ['a blank before', ` order_${suffix}`],
  ['a blank behind', `order_${suffix} `],
  ['a line end behind', `order_${suffix}\n`],
  ['a digit that is none of ASCII', 'order_01h455vb4pex5vsknk084sn0２q'],
]

describe('an invalid id', () => {
  it.each(invalid)('(%s: %j) is refused with INVALID_ID', (_what, id) => {
    const error = thrownBy(() => decodeId('Order', id))
    expect(codeOf(error)).toBe('INVALID_ID')
    expect(error).toHaveProperty('message', 'This is not the id of an Order; such an id starts with "order_".')
    expect(parseId('Order', id)).toBeUndefined()
  })

  it('may be an id of another type', () => {
    expect(parseAnyId(`order_line_${suffix}`)).toEqual({ prefix: 'order_line', key: uuid })
    expect(parseId('OrderLine', `order_line_${suffix}`)).toBe(uuid)
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}
