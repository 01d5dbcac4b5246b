import { type GraphQLInputType, getNullableType, isInputObjectType, isListType, isScalarType } from 'graphql'
import { z } from 'zod'
import { clientError } from '../errors.ts'
import type { OperationVariable } from '../operations/named-operation.ts'
import type { RestOperation } from './rest-operation.ts'

type Variables = Record<string, unknown>

interface Given {
  inPath: ReadonlyMap<string, string>
  /** Of the query string. */
  search: string
  /** Of a method other than GET. */
  body: string | undefined
}

/**
 * The variables of a call. GraphQL coerces their values afterwards, and refuses those that do not fit. Throws BAD_REQUEST for
 * a name that the operation does not have.
 */
export function restVariables(operation: RestOperation, { inPath, search, body }: Given): Variables {
  const variables: Variables = {
    ...(search === '' ? {} : queryVariables(operation, search)),
    ...(body === undefined ? {} : bodyVariables(operation, body)),
  }
  for (const { name, type } of operation.inPath) variables[name] = valueIn(type, inPath.get(name) ?? '')
  return variables
}

function malformed(message: string) {
  return clientError('BAD_REQUEST', message)
}

/** Lists repeat their name, and objects have the form `name[field]`: OpenAPI's styles `form` and `deepObject`. */
function queryVariables({ inQuery }: RestOperation, search: string): Variables {
  const variables: Variables = {}
  for (const [name, texts] of grouped(search)) {
    const place = placeOf(inQuery, name)
    if (!place) throw malformed(`There is no parameter "${name}" here${knownNames(inQuery)}.`)
    const { type } = place
    const isMany = isListType(getNullableType(type))
    if (!isMany && texts.length > 1) throw malformed(`The parameter "${name}" takes one value.`)
    place.put(variables, isMany ? texts.map((text) => valueIn(type, text)) : valueIn(type, texts[0] ?? ''))
  }
  return variables
}

function grouped(search: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, text] of new URLSearchParams(search)) {
    const texts = found.get(name)
    if (texts) texts.push(text)
    else found.set(name, [text])
  }
  return found
}

function knownNames(variables: readonly OperationVariable[]): string {
  if (variables.length === 0) return ''
  return `; there are ${variables.map(({ name }) => name).join(', ')}`
}

interface Place {
  type: GraphQLInputType
  put: (variables: Variables, value: unknown) => unknown
}

function placeOf(inQuery: readonly OperationVariable[], name: string): Place | undefined {
  const [, variableName, fieldName] = /^(\w+)(?:\[(\w+)\])?$/.exec(name) ?? []
  const variable = inQuery.find((each) => each.name === variableName)
  if (!variable) return undefined
  const isObject = isInputObjectType(variable.type)
  if (fieldName === undefined)
    return isObject
      ? undefined
      : { type: variable.type, put: (all, value) => Object.assign(all, { [variable.name]: value }) }
  const field = isInputObjectType(variable.type) ? variable.type.getFields()[fieldName] : undefined
  if (!field) return undefined
  return {
    type: field.type,
    put: (all, value) => {
      all[variable.name] = { ...Object(all[variable.name]), [field.name]: value }
    },
  }
}

/** What a text of path or query string says; a text that is no value of its type stays, and is refused with it. */
function valueIn(type: GraphQLInputType, text: string): unknown {
  const nullable = getNullableType(type)
  const leaf = isListType(nullable) ? getNullableType(nullable.ofType) : nullable
  if (!isScalarType(leaf)) return text
  if (leaf.name === 'Int' || leaf.name === 'Float')
    return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text
  if (leaf.name === 'Boolean') return text === 'true' ? true : text === 'false' ? false : text
  return leaf.name.startsWith('JSON') ? (parsedJson(text) ?? text) : text
}

const object = z.record(z.string(), z.unknown())

function bodyVariables({ inBody }: RestOperation, body: string): Variables {
  const { data } = object.safeParse(body === '' ? {} : parsedJson(body))
  if (!data) throw malformed('The body is no JSON object.')
  const unknown = Object.keys(data).find((name) => !inBody.some((variable) => variable.name === name))
  if (unknown === undefined) return data
  throw malformed(`There is no member ${JSON.stringify(unknown.slice(0, 100))} here${knownNames(inBody)}.`)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
