import { parseValue } from 'graphql'
import { describe, expect, it } from 'vitest'
import { Prisma } from '../../../src/generated/prisma/client.ts'
import {
  decimalText,
  finite,
  finiteDuration,
  furtherScalars,
  offsetTimeText,
} from '../../../src/platform/graphql/further-scalars.ts'
import { DecimalScalar } from '../../../src/platform/graphql/scalars.ts'

const { BigInt: BigIntScalar, Byte, Duration, IP, LocalTime, MAC, Time, UUID } = furtherScalars

describe('a BigInt', () => {
  it('is a text, so that no client loses a digit', () => {
    expect(BigIntScalar.serialize(9_007_199_254_740_993n)).toBe('9007199254740993')
    expect(BigIntScalar.parseValue('9007199254740993')).toBe(9_007_199_254_740_993n)
    expect(BigIntScalar.parseLiteral(parseValue('-12'))).toBe(-12n)
  })

  it.each(['9223372036854775808', '-9223372036854775809', 'x', '1.5', ''])('of "%s" is refused', (text) => {
    expect(() => BigIntScalar.parseValue(text)).toThrow()
  })
})

describe('the text of a decimal', () => {
  it.each([
    ['1.5', '1.50'],
    ['1.2345', '1.2345'],
    ['-0.001', '-0.001'],
    ['1e21', '1000000000000000000000.00'],
    ['NaN', 'NaN'],
  ])('of %s with two places is %s', (value, text) => {
    expect(decimalText(new Prisma.Decimal(value), 2)).toBe(text)
  })
})

describe('a Byte', () => {
  it('is base 64 both ways', () => {
    expect(Byte.serialize(new Uint8Array([0, 1, 255]))).toBe('AAH/')
    expect([...Byte.parseValue('AAH/')]).toEqual([0, 1, 255])
    expect([...Byte.parseLiteral(parseValue('"AAH/"'))]).toEqual([0, 1, 255])
  })

  it.each(['AAH', 'ä', 5])('of %s is refused', (value) => {
    expect(() => Byte.parseValue(value)).toThrow('base 64')
  })
})

describe('other scalars', () => {
  it('show what PostgreSQL has', () => {
    expect(IP.serialize('10.0.0.0/24')).toBe('10.0.0.0/24')
    expect(LocalTime.serialize('14:30:00')).toBe('14:30:00')
    expect(UUID.serialize('01890a5d-ac96-774b-bcce-b302099a8057')).toBe('01890a5d-ac96-774b-bcce-b302099a8057')
    expect(DecimalScalar.serialize('1234567890123456789012345678.123456789012')).toBe(
      '1234567890123456789012345678.123456789012',
    )
    for (const text of ['NaN', 'Infinity', '-Infinity']) expect(DecimalScalar.serialize(text)).toBe(text)
    expect(() => DecimalScalar.serialize('1e3')).toThrow('A Decimal is a number')
  })
})

describe('what is no value of a scalar', () => {
  it('is null where it is a number or a span of time', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null].map(finite)).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(finite(5e-324)).toBe(5e-324)
    expect(['infinity', '-infinity', null].map(finiteDuration)).toEqual([null, null, null])
    expect(Duration.serialize(finiteDuration('P1Y2M-3DT4H5M6.789S'))).toBe('P1Y2M-3DT4H5M6.789S')
  })

  it.each([
    ['14:30:00+02', '14:30:00+02:00'],
    ['14:30:00.000001-05:30', '14:30:00.000001-05:30'],
    ['24:00:00-15:59:59', '23:59:59.999-15:59'],
  ])('is written as RFC 3339 has it: the time %s', (text, shown) => {
    expect(Time.serialize(offsetTimeText(text))).toBe(shown)
  })

  it('is refused as an input', () => {
    expect(() => Time.parseValue('14:30:00')).toThrow('with its offset')
    expect(() => Time.parseLiteral(parseValue('"25:00:00Z"'))).toThrow('with its offset')
    expect(() => MAC.parseValue('08:00')).toThrow()
    expect(MAC.serialize('08:00:2b:01:02:03')).toBe('08:00:2b:01:02:03')
  })
})
