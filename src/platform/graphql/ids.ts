import { clientError } from '../errors.ts'

// Public ids are TypeIDs (https://github.com/jetify-com/typeid/tree/main/spec, version 0.3.0):
// `thing_01h455vb4pex5vsknk084sn02q`. The prefix is the GraphQL type in snake case, the rest a UUID in Crockford's base
// 32. They sort by time and reveal no row counts. This is our own code because typeid-js implements version 0.2 (no
// underscore in a prefix), and because every row of every response passes here.

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const suffixLength = 26
const suffixPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** The public id of a row. */
export function encodeId(typeName: string, uuid: string): string {
  return `${prefixOf(typeName)}_${encodeSuffix(uuid)}`
}

/** The UUID in an id of this type; undefined for any other text. */
export function parseId(typeName: string, id: string): string | undefined {
  const parsed = parseAnyId(id)
  return parsed?.prefix === prefixOf(typeName) ? parsed.uuid : undefined
}

/** The UUID in an id of this type. Throws INVALID_ID. */
export function decodeId(typeName: string, id: string): string {
  const uuid = parseId(typeName, id)
  if (uuid) return uuid
  throw clientError(
    'INVALID_ID',
    `This is not the id of ${withArticle(typeName)}; such an id starts with "${prefixOf(typeName)}_".`,
  )
}

/** The most ids of one argument. */
const maxIds = 100

/** The UUIDs in ids of this type. Throws INVALID_ID, and BAD_USER_INPUT for too many. */
export function decodeIds(typeName: string, ids: readonly string[]): string[] {
  if (ids.length > maxIds) throw clientError('BAD_USER_INPUT', `At most ${maxIds} ids may be named at once.`)
  return ids.map((id) => decodeId(typeName, id))
}

function withArticle(noun: string): string {
  return `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** Prefix and UUID of an id of any type; undefined for a text that is no TypeID. */
export function parseAnyId(id: string): { prefix: string; uuid: string } | undefined {
  const separator = id.length - suffixLength - 1
  if (separator < 1 || id[separator] !== '_') return undefined
  const suffix = id.slice(separator + 1)
  if (!suffixPattern.test(suffix)) return undefined
  return { prefix: id.slice(0, separator), uuid: decodeSuffix(suffix) }
}

const prefixes = new Map<string, string>()

export function prefixOf(typeName: string): string {
  const known = prefixes.get(typeName)
  if (known) return known
  const prefix = typeName.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase()
  prefixes.set(typeName, prefix)
  return prefix
}

/** 128 bits after two zero bits make 26 groups of five. */
function encodeSuffix(uuid: string): string {
  let suffix = ''
  let pending = 0
  let bits = 2
  for (const digit of uuid) {
    if (digit === '-') continue
    pending = (pending << 4) | Number.parseInt(digit, 16)
    bits += 4
    if (bits < 5) continue
    bits -= 5
    suffix += alphabet[pending >> bits]
    pending &= (1 << bits) - 1
  }
  return suffix
}

function decodeSuffix(suffix: string): string {
  let hex = ''
  let pending = 0
  let bits = -2
  for (const digit of suffix) {
    pending = (pending << 5) | alphabet.indexOf(digit)
    bits += 5
    while (bits >= 4) {
      bits -= 4
      hex += (pending >> bits).toString(16)
      pending &= (1 << bits) - 1
    }
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
