import {
  coerceInputValue,
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isListType,
  isScalarType,
} from 'graphql'
import type { InputLine } from './input-lines.ts'

export interface LineError {
  code: string
  message: string
  path: readonly string[]
}

export type CoercedLine = { readonly value: unknown } | { readonly errors: readonly LineError[] }

/** The input of a mutation as GraphQL takes it. In CSV and XML each value is a text. */
export function coerceLine({ input }: InputLine, type: GraphQLInputType, isText: boolean): CoercedLine {
  if ('fault' in input) return { errors: [invalid(input.fault, [])] }
  const errors: LineError[] = []
  const given = isText ? typedValue(input.value, type) : input.value
  const own = keyOf(given)
  if (own !== undefined) return { errors: [invalid('The key of the import serves for all of its lines.', [own])] }
  const value: unknown = coerceInputValue(given, type, (path, _value, error) => {
    errors.push(invalid(error.message, path))
  })
  return errors.length > 0 ? { errors } : { value }
}

function keyOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'idempotencyKey' in value ? 'idempotencyKey' : undefined
}

function invalid(message: string, path: readonly (string | number)[]): LineError {
  return { code: 'BAD_USER_INPUT', message, path: ['input', ...path.map(String)] }
}

const number = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** The value that a text stands for; what does not fit the type is left for GraphQL to refuse. */
function typedValue(value: unknown, wanted: GraphQLInputType): unknown {
  const type = getNullableType(wanted)
  if (isListType(type)) {
    const list = typeof value === 'string' ? parsed(value) : value
    return (Array.isArray(list) ? list : [list]).map((item) => typedValue(item, type.ofType))
  }
  if (isInputObjectType(type)) {
    if (typeof value !== 'object' || value === null) return value
    const fields = type.getFields()
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => {
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined
        return [name, field ? typedValue(part, field.type) : part]
      }),
    )
  }
  if (typeof value !== 'string' || !isScalarType(type)) return value
  const text = value.trim()
  if ((type.name === 'Int' || type.name === 'Float') && number.test(text)) return Number(text)
  if (type.name === 'Boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return value
}

/** A list in a cell is JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
