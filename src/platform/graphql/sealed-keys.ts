import { fieldsOf, keyFieldsOf, type Model } from '../database/data-model.ts'
import { keyTexts, textOf } from '../database/row-key.ts'
import { DeterministicSealer } from '../privacy/deterministic-sealer.ts'

// A key that is no UUID tells how many rows there are, and a text may be somebody's name. In an id it is encrypted, for the
// type of the id: so an id of one type is none of another's, and nobody can make one.

type Seal = ReturnType<DeterministicSealer['for']>

let sealer: DeterministicSealer | undefined
const seals = new Map<Model, Seal>()

/** Sets the secret for all ids of this process. Replicas have the same one, and ids stay good for as long as it is kept. */
export function sealIdsWith(secret: string): void {
  sealer = DeterministicSealer.of(secret, 'frontdoor ids')
  seals.clear()
}

/** The sealed bytes of a key or of its text. Equal keys are equal when sealed. */
export function sealKey(model: Model, key: unknown): Uint8Array {
  const seal = sealOf(model)
  if (!seal) throw new Error(`The key of ${model} is no UUID, and there is no secret to seal it with`)
  return seal.seal(bytesOf(model, key))
}

/** The text of the key that was sealed; undefined for bytes that were not sealed for this model. */
export function openKey(model: Model, sealed: Uint8Array): string | undefined {
  const bytes = sealOf(model)?.open(sealed)
  return bytes && textOf(textsIn(model, bytes))
}

function sealOf(model: Model): Seal | undefined {
  const known = seals.get(model)
  if (known || !sealer) return known
  const seal = sealer.for(model)
  seals.set(model, seal)
  return seal
}

// The length of an id must not tell the size of a number, so whole numbers have eight bytes, of whatever type their column
// is. Texts have their length before them, and what follows rounds the whole up.

const wholeBytes = 8
const lengthBytes = 2
const roundedTo = 16

function bytesOf(model: Model, key: unknown): Buffer {
  const texts = keyTexts(model, key)
  const parts = keyFieldsOf(model).map((field, at) => {
    const text = texts[at] ?? ''
    return isWhole(model, field) ? wholeNumber(text) : lengthAndText(text)
  })
  if (hasWholeNumbersOnly(model)) return Buffer.concat(parts)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat(parts, Math.ceil(length / roundedTo) * roundedTo)
}

function wholeNumber(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(wholeBytes)
  bytes.writeBigInt64BE(BigInt(text))
  return bytes
}

function lengthAndText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.allocUnsafe(lengthBytes)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function textsIn(model: Model, bytes: Buffer): string[] {
  let at = 0
  return keyFieldsOf(model).map((field) => {
    if (isWhole(model, field)) {
      at += wholeBytes
      return String(bytes.readBigInt64BE(at - wholeBytes))
    }
    const begin = at + lengthBytes
    at = begin + bytes.readUInt16BE(at)
    return bytes.toString('utf8', begin, at)
  })
}

function hasWholeNumbersOnly(model: Model): boolean {
  return keyFieldsOf(model).every((field) => isWhole(model, field))
}

function isWhole(model: Model, field: string): boolean {
  const found = fieldsOf(model).get(field)
  return found?.kind === 'scalar' && (found.type === 'Int' || found.type === 'BigInt')
}
