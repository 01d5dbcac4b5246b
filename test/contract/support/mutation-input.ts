import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { type Selection, selectionOf } from './field-paths.ts'

interface Ids {
  of(typeName: string): string | undefined
}

const plain: Record<string, unknown> = {
  String: 'x',
  Int: 1,
  Float: 1,
  Boolean: true,
  Decimal: '1.00',
  Date: '2999-01-01',
  DateTime: '2999-01-01T00:00:00.000Z',
  EmailAddress: 'somebody@example.com',
  CountryCode: 'DE',
  CurrencyCode: 'USD',
  JSONObject: {},
}

/** A call of a mutation with its input as a variable, and everything that can be selected of its payload. */
export function mutationCall({ name, type }: GraphQLField<unknown, unknown>, steps: number): Selection {
  const payload = getNamedType(type)
  if (!isObjectType(payload)) throw new Error(`${name} has no payload`)
  const { text, paths } = selectionOf(payload, steps, `Mutation.${name}`)
  const input = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`
  return { text: `mutation ($input: ${input}!) { ${name}(input: $input) ${text} }`, paths }
}

/** An input with every field: ids of the given objects, and valid values for the rest. */
export function inputOf(field: GraphQLField<unknown, unknown>, ids: Ids): unknown {
  const input = field.args.find(({ name }) => name === 'input')
  return input && fitting(input.type, 'input', ids)
}

function fitting(type: GraphQLInputType, name: string, ids: Ids): unknown {
  if (isNonNullType(type)) return fitting(type.ofType, name, ids)
  if (isListType(type)) return [fitting(type.ofType, name, ids)]
  if (isInputObjectType(type)) return objectOf(type, ids)
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (type.name === 'ID') return ids.of(typeNameOf(name))
  if (name === 'idempotencyKey') return 'a-key-of-the-matrix'
  if (type.name in plain) return plain[type.name]
  throw new Error(`no value for ${name}: ${String(type)}`)
}

function objectOf(type: GraphQLInputObjectType, ids: Ids): Record<string, unknown> {
  const fields = Object.values(type.getFields())
  return Object.fromEntries(fields.map((field) => [field.name, fitting(field.type, field.name, ids)]))
}

/** `apiKeyId` is the id of an ApiKey. */
function typeNameOf(name: string): string {
  if (name === 'deliveryIds') return 'WebhookDelivery'
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`.replace(/Ids?$/, '')
}
