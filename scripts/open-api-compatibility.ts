import { z } from 'zod'

const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  get anyOf() {
    return z.array(schema).optional()
  },
  get items() {
    return schema.optional()
  },
  get properties() {
    return z.record(z.string(), schema).optional()
  },
  required: z.array(z.string()).optional(),
})
type Schema = z.infer<typeof schema>

const content = z.record(z.string(), z.looseObject({ schema }))
const operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean(), schema })),
  requestBody: z.looseObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
})
type Operation = z.infer<typeof operation>

const document = z.looseObject({
  servers: z.array(z.looseObject({ url: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schema).default({}) }),
})

/** An OpenAPI document as this project writes it. */
export type OpenApiDocument = z.infer<typeof document>

export function parseOpenApi(text: string): OpenApiDocument {
  return document.parse(JSON.parse(text))
}

/** A change that breaks clients. */
export interface BreakingChange {
  /** `GET /api/things/{id} answer.name` */
  path: string
  message: string
}

/** What clients of the released document must change. */
export function breakingChanges(released: OpenApiDocument, current: OpenApiDocument): BreakingChange[] {
  const base = released.servers[0]?.url ?? ''
  return operationsIn(released).flatMap(({ path, method, operation: before }) => {
    const name = `${method.toUpperCase()} ${base}${path}`
    const after = current.paths[path]?.[method]
    if (!after) return [{ path: name, message: 'the operation is gone' }]
    const comparison = new Comparison(name, released, current)
    comparison.operations(before, after)
    return comparison.changes
  })
}

function operationsIn({ paths }: OpenApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
}

type Direction = 'sent' | 'received'

class Comparison {
  readonly changes: BreakingChange[] = []
  readonly #name: string
  readonly #released: OpenApiDocument
  readonly #current: OpenApiDocument
  /** References that are compared already, or are being compared. */
  readonly #seen = new Set<string>()

  constructor(name: string, released: OpenApiDocument, current: OpenApiDocument) {
    this.#name = name
    this.#released = released
    this.#current = current
  }

  operations(before: Operation, after: Operation): void {
    this.#parameters(before, after)
    this.#body(before, after)
    const given = before.responses['200']?.content ?? {}
    for (const [type, { schema: was }] of Object.entries(given)) {
      const is = after.responses['200']?.content?.[type]?.schema
      if (is) this.#schemas('answer', was, is, 'received')
      else this.#add('answer', `it no longer comes as ${type}`)
    }
  }

  #parameters(before: Operation, after: Operation): void {
    const find = (of: Operation, name: string) => of.parameters.find((each) => each.name === name)
    for (const { name, schema: was, in: place } of before.parameters) {
      const is = find(after, name)
      if (is?.in === place) this.#schemas(name, was, is.schema, 'sent')
      else this.#add(name, 'the parameter is gone')
    }
    for (const { name, required } of after.parameters)
      if (required && !find(before, name)?.required) this.#add(name, 'the parameter is required')
  }

  #body(before: Operation, after: Operation): void {
    const was = before.requestBody?.content['application/json']?.schema
    const is = after.requestBody?.content['application/json']?.schema
    if (after.requestBody?.required && !before.requestBody?.required) this.#add('body', 'the body is required')
    if (was && is) this.#schemas('body', was, is, 'sent')
    else if (was) this.#add('body', 'the operation takes no body')
  }

  #schemas(place: string, before: Schema, after: Schema, direction: Direction): void {
    const pair = `${direction} ${before.$ref} ${after.$ref}`
    if (before.$ref && after.$ref && this.#seen.has(pair)) return
    this.#seen.add(pair)
    const [was, is] = [plain(before, this.#released), plain(after, this.#current)]
    const [narrow, wide] = direction === 'sent' ? [was, is] : [is, was]
    const types = narrow.types.filter((type) => !wide.types.includes(type))
    if (types.length > 0) {
      this.#add(place, `its type was ${was.types.join(' or ')}, and is ${is.types.join(' or ')}`)
      return
    }
    if (was.format !== is.format) this.#add(place, `its format was ${was.format}, and is ${is.format}`)
    const gone = direction === 'sent' ? was.values.filter((value) => !is.values.includes(value)) : []
    if (gone.length > 0 && is.values.length > 0) this.#add(place, `it no longer takes ${gone.join(', ')}`)
    if (was.items && is.items) this.#schemas(`${place}[]`, was.items, is.items, direction)
    this.#properties(place, was, is, direction)
  }

  #properties(place: string, was: Plain, is: Plain, direction: Direction): void {
    for (const [name, before] of Object.entries(was.properties)) {
      const after = is.properties[name]
      const at = `${place}.${name}`
      if (!after) this.#add(at, 'it is gone')
      else this.#schemas(at, before, after, direction)
      if (after && direction === 'received' && was.required.includes(name) && !is.required.includes(name))
        this.#add(at, 'it may be left out')
    }
    const asked = direction === 'sent' ? is.required.filter((name) => !was.required.includes(name)) : []
    for (const name of asked) this.#add(`${place}.${name}`, 'it is required')
  }

  #add(place: string, message: string): void {
    this.changes.push({ path: `${this.#name} ${place}`, message })
  }
}

interface Plain {
  types: string[]
  format: string | undefined
  values: unknown[]
  items: Schema | undefined
  properties: Record<string, Schema>
  required: string[]
}

/** A schema without references and without a choice of null. */
function plain(given: Schema, of: OpenApiDocument): Plain {
  const named = given.$ref && of.components.schemas[given.$ref.split('/').at(-1) ?? '']
  if (named) return plain(named, of)
  const [first, ...others] = given.anyOf ?? []
  if (first) {
    const whole = plain(first, of)
    return others.some(({ type }) => type === 'null') ? { ...whole, types: [...whole.types, 'null'] } : whole
  }
  const { type = [], format, enum: values = [], items, properties = {}, required = [] } = given
  return { types: typeof type === 'string' ? [type] : type, format, values, items, properties, required }
}
