import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLNamedInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from 'graphql'
import { z } from 'zod'
import type { Selecting } from '../graphql/collect-fields.ts'
import { fieldsBelow, type SelectedField } from './selected-fields.ts'

/** JSON Schema 2020-12, which OpenAPI 3.1 and the Model Context Protocol both use. */
export interface JsonSchema {
  [keyword: string]: unknown
}

const ofScalars: Readonly<Record<string, JsonSchema>> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer', format: 'int32' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  JSON: {},
}

/** What graphql-scalars say of their scalars. */
const scalarExtensions = z.object({ jsonSchema: z.object({ type: z.string(), format: z.string().optional() }) })

/** Schemas of types, with those of enums and input objects kept under their names for references. */
export class JsonSchemas {
  readonly named = new Map<string, JsonSchema>()
  readonly #prefix: string

  /** `#/components/schemas/` */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** What clients send. Null is a value of its own only where `takesNull` says so. */
  input(type: GraphQLInputType, takesNull = false): JsonSchema {
    if (isNonNullType(type)) return this.input(type.ofType)
    const schema = isListType(type) ? { type: 'array', items: this.input(type.ofType) } : this.#ofNamedInput(type)
    return takesNull ? orNull(schema) : schema
  }

  /** What clients receive of a field. */
  output(selecting: Selecting, { type, nodes }: Pick<SelectedField, 'type' | 'nodes'>): JsonSchema {
    if (isNonNullType(type)) return this.#whole(selecting, type.ofType, nodes)
    return orNull(this.#whole(selecting, type, nodes))
  }

  /** An object of these fields. */
  object(selecting: Selecting, fields: readonly SelectedField[]): JsonSchema {
    const properties = fields.map((field) => [field.key, described(this.output(selecting, field), field.description)])
    return { type: 'object', properties: Object.fromEntries(properties), required: fields.map(({ key }) => key) }
  }

  #whole(selecting: Selecting, type: GraphQLOutputType, nodes: SelectedField['nodes']): JsonSchema {
    if (isListType(type)) return { type: 'array', items: this.output(selecting, { type: type.ofType, nodes }) }
    const named = getNamedType(type)
    if (isObjectType(named)) return this.object(selecting, fieldsBelow(selecting, named, { nodes }))
    if (isEnumType(named)) return this.#reference(named)
    return isScalarType(named) ? ofScalar(named) : { type: 'object' }
  }

  #ofNamedInput(type: GraphQLNamedInputType): JsonSchema {
    return isScalarType(type) ? ofScalar(type) : this.#reference(type)
  }

  #reference(type: GraphQLEnumType | GraphQLInputObjectType): JsonSchema {
    const { name } = type
    if (!this.named.has(name)) {
      // An input type may contain itself.
      this.named.set(name, {})
      this.named.set(name, isEnumType(type) ? ofEnum(type) : this.#ofInputObject(type))
    }
    return { $ref: `${this.#prefix}${name}` }
  }

  #ofInputObject(type: GraphQLInputObjectType): JsonSchema {
    const fields = Object.values(type.getFields())
    const properties = fields.map(({ name, type: ofField, description, defaultValue }) => {
      const schema = described(this.input(ofField, !isNonNullType(ofField)), description)
      return [name, defaultValue === undefined ? schema : { ...schema, default: defaultValue }]
    })
    return described(
      {
        type: 'object',
        properties: Object.fromEntries(properties),
        required: fields
          .filter(({ type: ofField, defaultValue }) => isNonNullType(ofField) && defaultValue === undefined)
          .map(({ name }) => name),
        additionalProperties: false,
      },
      type.description,
    )
  }
}

/** The schema under a description of its own. */
export function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  return description ? { ...schema, description } : schema
}

function ofScalar(type: GraphQLLeafType): JsonSchema {
  const known = ofScalars[type.name]
  if (known) return known
  const { data } = scalarExtensions.safeParse(type.extensions)
  const schema = data ? { ...data.jsonSchema } : { type: 'string' }
  // Descriptions of scalars have an example in quotes.
  const example = /`"([^"]+)"`/.exec(type.description ?? '')?.[1]
  return described(example === undefined ? schema : { ...schema, examples: [example] }, type.description)
}

function ofEnum(type: GraphQLEnumType): JsonSchema {
  const values = type.getValues()
  const meanings = values.flatMap(({ name, description }) => (description ? [`- \`${name}\`: ${description}`] : []))
  const description = [type.description ?? '', ...meanings].join('\n')
  return described({ type: 'string', enum: values.map(({ name }) => name) }, description)
}

function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema.type === 'string' && !schema.enum) return { ...schema, type: [schema.type, 'null'] }
  return { anyOf: [schema, { type: 'null' }] }
}
