import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Encrypts texts that others keep, such as a copy of the database or a client, so that they neither read nor change them. */
export class Sealer {
  /** A key object: Node takes four times as long for a cipher with a plain key. */
  readonly #key: KeyObject

  /** `purpose` separates the keys of different uses of one secret. */
  constructor(secret: string, purpose: string) {
    this.#key = createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', purpose, keyBytes)))
  }

  /** Nonce, tag and ciphertext. */
  seal(text: string): Uint8Array<ArrayBuffer> {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce)
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Uint8Array.from(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
  }

  /** Throws where the text was sealed with another secret. */
  open(sealed: Uint8Array): string {
    const decipher = createDecipheriv(algorithm, this.#key, sealed.subarray(0, nonceBytes))
    decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
    return decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  }
}
