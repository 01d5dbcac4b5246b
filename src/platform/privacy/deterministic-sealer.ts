import { type Cipheriv, createCipheriv, hkdfSync, timingSafeEqual } from 'node:crypto'

const blockBytes = 16

/**
 * Encrypts so that equal texts are equal when sealed, on every replica: AES-SIV with 256-bit keys (RFC 5297). What is sealed
 * for one use cannot be opened for another. AES itself is Node's; it keeps one cipher for each key, because making one
 * takes longer than sealing a short text.
 */
export class DeterministicSealer {
  readonly #authenticating: Cmac
  readonly #encrypting: Cipheriv
  readonly #start: Buffer

  /** A key of 64 bytes: the half that authenticates, and the half that encrypts. */
  constructor(key: Uint8Array) {
    this.#authenticating = new Cmac(key.subarray(0, key.length / 2))
    this.#encrypting = blockCipher(key.subarray(key.length / 2))
    this.#start = this.#authenticating.of(Buffer.alloc(blockBytes))
  }

  /** `purpose` separates the keys of different uses of one secret. */
  static of(secret: string, purpose: string): DeterministicSealer {
    return new DeterministicSealer(new Uint8Array(hkdfSync('sha256', secret, '', purpose, 64)))
  }

  /** What seals for one use. Make it once: its part of the code is computed here. */
  for(use: string | Uint8Array): SealerOfUse {
    const vectorStart = doubled(this.#start)
    xor(vectorStart, this.#authenticating.of(Buffer.from(use)))
    return {
      seal: (plain) => {
        const vector = this.#vectorOf(vectorStart, plain)
        return Buffer.concat([vector, this.#crypt(vector, plain)])
      },
      open: (sealed) => {
        if (sealed.length < blockBytes) return undefined
        const vector = sealed.subarray(0, blockBytes)
        const plain = this.#crypt(vector, sealed.subarray(blockBytes))
        return timingSafeEqual(vector, this.#vectorOf(vectorStart, plain)) ? plain : undefined
      },
    }
  }

  /** S2V of section 2.4, after its start. */
  #vectorOf(start: Buffer, plain: Uint8Array): Buffer {
    if (plain.length >= blockBytes) {
      const text = Buffer.from(plain)
      xor(text.subarray(text.length - blockBytes), start)
      return this.#authenticating.of(text)
    }
    const block = doubled(start)
    xor(block, plain)
    block[plain.length] = (block[plain.length] ?? 0) ^ 0x80
    return this.#authenticating.of(block)
  }

  /** CTR of section 2.5: it encrypts and decrypts. */
  #crypt(vector: Uint8Array, text: Uint8Array): Buffer {
    const blocks = Math.ceil(text.length / blockBytes)
    const counters = Buffer.allocUnsafe(blocks * blockBytes)
    for (let at = 0; at < blocks; at++) {
      counters.set(vector, at * blockBytes)
      const high = counters.readUInt32BE(at * blockBytes + 8) & 0x7fffffff
      counters.writeUInt32BE(high, at * blockBytes + 8)
      const low = counters.readUInt32BE(at * blockBytes + 12) & 0x7fffffff
      counters.writeUInt32BE(low + at, at * blockBytes + 12)
    }
    const result = this.#encrypting.update(counters).subarray(0, text.length)
    xor(result, text)
    return result
  }
}

interface SealerOfUse {
  seal(plain: Uint8Array): Buffer
  /** Undefined for anything that was not sealed for this use, with this secret. */
  open(sealed: Uint8Array): Buffer | undefined
}

/** The code of a text (RFC 4493). */
class Cmac {
  readonly #cipher: Cipheriv
  readonly #whole: Buffer
  readonly #padded: Buffer

  constructor(key: Uint8Array) {
    this.#cipher = blockCipher(key)
    this.#whole = doubled(this.#cipher.update(Buffer.alloc(blockBytes)))
    this.#padded = doubled(this.#whole)
  }

  of(text: Uint8Array): Buffer {
    const rest = text.length % blockBytes
    const isWhole = rest === 0 && text.length > 0
    const last = Buffer.alloc(blockBytes)
    last.set(text.subarray(isWhole ? text.length - blockBytes : text.length - rest))
    if (!isWhole) last[rest] = 0x80
    xor(last, isWhole ? this.#whole : this.#padded)
    const before = text.length - (isWhole ? blockBytes : rest)
    let code: Buffer | undefined
    for (let at = 0; at < before; at += blockBytes) {
      const block = Buffer.from(text.subarray(at, at + blockBytes))
      if (code) xor(block, code)
      code = this.#cipher.update(block)
    }
    if (code) xor(last, code)
    return this.#cipher.update(last)
  }
}

/** AES of single blocks: `update` returns what it is given, encrypted, and keeps nothing. */
function blockCipher(key: Uint8Array): Cipheriv {
  return createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
}

/** A block times x, in the field of RFC 5297, section 2.3. */
function doubled(block: Buffer): Buffer {
  const result = Buffer.allocUnsafe(blockBytes)
  for (let at = 0; at < blockBytes; at++) result[at] = ((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7)
  if ((block[0] ?? 0) & 0x80) result[blockBytes - 1] = (result[blockBytes - 1] ?? 0) ^ 0x87
  return result
}

function xor(block: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < Math.min(block.length, other.length); at++) block[at] = (block[at] ?? 0) ^ (other[at] ?? 0)
}
