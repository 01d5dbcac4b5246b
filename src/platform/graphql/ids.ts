import { Prisma } from '../../generated/prisma/client.ts'
import { isModel, type Model } from '../database/data-model.ts'
import { hasUuidKey, type Key, keyFrom } from '../database/row-key.ts'
import { clientError } from '../errors.ts'
import { decodeBytes, decodeUuid, encodeBytes, uuidEncoder } from './base32.ts'
import { openKey, sealKey } from './sealed-keys.ts'

// A public id is a prefix, which is the GraphQL type in snake case, and a suffix. That of a UUID makes it a TypeID
// (https://github.com/jetify-com/typeid/tree/main/spec, version 0.3.0): `thing_01h455vb4pex5vsknk084sn02q` has the UUID in
// Crockford's base 32. These ids sort by time and reveal no row counts. Any other key would reveal them, so the suffix has it
// encrypted: see sealed-keys.ts. This is our own code because typeid-js implements version 0.2 (no underscore in a prefix),
// and because every row of every response passes here.

/** The key of a model's rows. Anything else that has an id, such as an event, has a UUID. */
type KeyOf<TypeName extends string> = TypeName extends Model ? Key<TypeName> : string

/** The public id of a row, from its key or the text of its key. */
export function encodeId<TypeName extends string>(typeName: TypeName, key: KeyOf<TypeName> | string): string {
  return formOf(typeName).encode(key)
}

const typesOfResolvers = new WeakMap<object, string>()

/** The resolver of the `id` of a type whose rows have their key in `id`. Exports know it, and write its UUIDs without a text. */
export function idOf<TypeName extends string>(typeName: TypeName): (row: { id: KeyOf<TypeName> }) => string {
  const resolve = ({ id }: { id: KeyOf<TypeName> }) => encodeId(typeName, id)
  typesOfResolvers.set(resolve, typeName)
  return resolve
}

/** What an id has before the digits of its UUID, by the resolver that `idOf` made; undefined for any other resolver. */
export function prefixOfUuids(resolve: object | undefined): string | undefined {
  const typeName = resolve && typesOfResolvers.get(resolve)
  return typeName === undefined || isSealed(typeName) ? undefined : `${prefixOf(typeName)}_`
}

/** The key in an id of this type; undefined for any other text. */
export function parseId<TypeName extends string>(typeName: TypeName, id: string): KeyOf<TypeName> | undefined {
  const parsed = parseAnyId(id)
  if (parsed?.prefix !== prefixOf(typeName)) return undefined
  // The key has the type that the model says.
  return (isModel(typeName) ? keyFrom(typeName, parsed.key) : parsed.key) as KeyOf<TypeName>
}

/** The key in an id of this type. Throws INVALID_ID. */
export function decodeId<TypeName extends string>(typeName: TypeName, id: string): KeyOf<TypeName> {
  const key = parseId(typeName, id)
  if (key !== undefined) return key
  throw clientError(
    'INVALID_ID',
    `This is not the id of ${withArticle(typeName)}; such an id starts with "${prefixOf(typeName)}_".`,
  )
}

/** The most ids of one argument. */
const maxIds = 100

/** The keys in ids of this type. Throws INVALID_ID, and BAD_USER_INPUT for too many. */
export function decodeIds<TypeName extends string>(typeName: TypeName, ids: readonly string[]): KeyOf<TypeName>[] {
  if (ids.length > maxIds) throw clientError('BAD_USER_INPUT', `At most ${maxIds} ids may be named at once.`)
  return ids.map((id) => decodeId(typeName, id))
}

function withArticle(noun: string): string {
  return `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** Prefix and text of the key of an id of any type; undefined for a text that is no id. */
export function parseAnyId(id: string): { prefix: string; key: string } | undefined {
  const separator = id.lastIndexOf('_')
  if (separator < 1) return undefined
  const prefix = id.slice(0, separator)
  const suffix = id.slice(separator + 1)
  const key = keyIn(suffix, sealedByPrefix().get(prefix))
  return key === undefined ? undefined : { prefix, key }
}

function keyIn(suffix: string, sealed: Model | undefined): string | undefined {
  if (!sealed) return decodeUuid(suffix)
  const bytes = decodeBytes(suffix)
  return bytes && openKey(sealed, bytes)
}

interface Form {
  prefix: string
  /** The id of a key. */
  encode: (key: unknown) => string
}

const forms = new Map<string, Form>()

function formOf(typeName: string): Form {
  const known = forms.get(typeName)
  if (known) return known
  const prefix = typeName.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase()
  const form = { prefix, encode: isSealed(typeName) ? sealing(typeName, prefix) : uuidIn(prefix) }
  forms.set(typeName, form)
  return form
}

function sealing(model: Model, prefix: string): Form['encode'] {
  return (key) => `${prefix}_${encodeBytes(sealKey(model, key))}`
}

/** The key of a type that is not sealed is a UUID. */
function uuidIn(prefix: string): Form['encode'] {
  const encode = uuidEncoder(`${prefix}_`)
  return (key) => encode(String(key))
}

export function prefixOf(typeName: string): string {
  return formOf(typeName).prefix
}

/** Whether ids of this type have their key encrypted. */
export function isSealed(typeName: string): typeName is Model {
  return isModel(typeName) && !hasUuidKey(typeName)
}

let sealedModels: Map<string, Model> | undefined

function sealedByPrefix(): Map<string, Model> {
  sealedModels ??= new Map(
    Object.values(Prisma.ModelName)
      .filter(isSealed)
      .map((model) => [prefixOf(model), model]),
  )
  return sealedModels
}
