import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeterministicSealer } from '../../../src/platform/privacy/deterministic-sealer.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('a deterministic sealer', () => {
  it('is AES-SIV: the example of RFC 5297, appendix A.1', () => {
    const key = bytes('fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff')
    const use = bytes('10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627')
    const plain = bytes('11223344 55667788 99aabbcc ddee')
    const sealed = new DeterministicSealer(key).for(use).seal(plain)
    expect(sealed).toEqual(bytes('85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c'))
  })

  it('opens what it has sealed, of any length, and seals equal texts alike', () => {
    const [one, other] = [0, 1].map(() => DeterministicSealer.of('a secret', 'a purpose').for('use'))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (text) => {
        const sealed = one?.seal(text)
        expect(sealed).toHaveLength(text.length + 16)
        expect(other?.seal(text)).toEqual(sealed)
        expect(Uint8Array.from(other?.open(sealed ?? text) ?? [])).toEqual(text)
      }),
    )
  })

  it('opens nothing that was changed, shortened, or sealed for another use, purpose or secret', () => {
    const sealer = DeterministicSealer.of('a secret', 'a purpose')
    const sealed = sealer.for('use').seal(Buffer.from('text'))
    for (let at = 0; at < sealed.length * 8; at++) {
      const changed = Buffer.from(sealed)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(sealer.for('use').open(changed)).toBeUndefined()
    }
    for (let length = 0; length < sealed.length; length++)
      expect(sealer.for('use').open(sealed.subarray(0, length))).toBeUndefined()
    expect(sealer.for('another use').open(sealed)).toBeUndefined()
    expect(DeterministicSealer.of('a secret', 'another purpose').for('use').open(sealed)).toBeUndefined()
    expect(DeterministicSealer.of('another secret', 'a purpose').for('use').open(sealed)).toBeUndefined()
  })
})
