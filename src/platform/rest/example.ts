import { z } from 'zod'
import type { JsonSchema, JsonSchemas } from '../operations/json-schemas.ts'

const byFormat: Readonly<Record<string, string>> = {
  email: 'somebody@example.com',
  uuid: '01890000-0000-7000-8000-000000000000',
}

const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.looseObject({})).optional(),
  items: z.looseObject({}).optional(),
  properties: z.record(z.string(), z.looseObject({})).optional(),
  required: z.array(z.string()).optional(),
  examples: z.array(z.unknown()).optional(),
})

/** A value that fits a schema: of objects that clients send, with what they must have. */
export function exampleOf(schema: JsonSchema, { named }: Pick<JsonSchemas, 'named'>): unknown {
  return new Examples(named).of(schema)
}

class Examples {
  readonly #named: ReadonlyMap<string, JsonSchema>

  constructor(named: ReadonlyMap<string, JsonSchema>) {
    this.#named = named
  }

  of(given: JsonSchema): unknown {
    const { $ref, anyOf, enum: values, examples, ...schema } = schemaShape.parse(given)
    if ($ref !== undefined) return this.of(this.#named.get($ref.split('/').at(-1) ?? '') ?? {})
    if (examples ?? values) return (examples ?? values)?.[0]
    if (anyOf) return this.of(anyOf[0] ?? {})
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
    if (type === 'object') {
      const { properties = {}, required = [] } = schema
      return Object.fromEntries(required.map((name) => [name, this.of(properties[name] ?? {})]))
    }
    if (type === 'array') return [this.of(schema.items ?? {})]
    if (type === 'integer' || type === 'number') return 1
    if (type === 'boolean') return true
    return byFormat[schema.format ?? ''] ?? 'text'
  }
}
