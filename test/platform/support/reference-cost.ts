import { getDirective } from '@graphql-tools/utils'
import { buildSchema, type GraphQLField, type GraphQLSchema, isAbstractType, isLeafType, isObjectType } from 'graphql'
import { z } from 'zod'
import type { Field, Selection } from './query-forms.ts'

const costArguments = z.tuple([z.object({ weight: z.coerce.number() })])
const listSizeArguments = z.tuple([
  z.object({
    assumedSize: z.number(),
    slicingArguments: z.array(z.string()).default([]),
    sizedFields: z.array(z.string()).default([]),
  }),
])
const object = z.record(z.string(), z.unknown())

interface Sized {
  size: number
  fields: string[]
}

/** Counts costs from schema.graphql and the cost specification alone, independently of the server. */
export class ReferenceCost {
  readonly #schema: GraphQLSchema

  constructor(sdl: string) {
    this.#schema = buildSchema(sdl)
  }

  /** For literals only, without directives, each field under a key of its own. */
  requested(selections: Selection[], typeName = 'Query', above?: Sized): number {
    const type = this.#schema.getType(typeName)
    if (isAbstractType(type)) {
      const possible = this.#schema.getPossibleTypes(type)
      return Math.max(...possible.map(({ name }) => this.requested(selections, name, above)))
    }
    return this.#fieldsOf(selections, typeName).reduce((sum, field) => {
      const sized = this.#sizedBy(field, typeName)
      const isOwn = sized && sized.fields.length === 0
      const size = isOwn ? sized.size : above?.fields.includes(field.name) ? above.size : 1
      const below = field.children.length > 0 ? this.requested(field.children, field.type.name, sized) : 0
      return sum + size * (this.#weight(field, typeName) + below)
    }, 0)
  }

  /** The cost of a response in which an abstract type has no object. */
  actual(selections: Selection[], data: unknown, typeName = 'Query'): number {
    const values = object.parse(data)
    return this.#fieldsOf(selections, typeName).reduce((sum, field) => {
      const value = values[field.alias]
      const items = Array.isArray(value) ? value : [value]
      const own = this.#weight(field, typeName)
      const costs = items.map((item) =>
        item === null || isLeafType(field.type) ? own : own + this.actual(field.children, item, field.type.name),
      )
      return sum + costs.reduce((all, cost) => all + cost, 0)
    }, 0)
  }

  #fieldsOf(selections: Selection[], typeName: string): Field[] {
    return selections.flatMap((selection) => {
      if (!('on' in selection)) return [selection]
      return selection.on === typeName ? this.#fieldsOf(selection.children, typeName) : []
    })
  }

  #weight({ name, type }: Field, parent: string): number {
    const named = this.#schema.getType(type.name)
    const said =
      getDirective(this.#schema, this.#definition(parent, name), 'cost') ??
      (isObjectType(named) ? getDirective(this.#schema, named, 'cost') : undefined)
    if (said) return costArguments.parse(said)[0].weight
    return isLeafType(type) ? 0 : 1
  }

  #sizedBy({ name, args }: Field, parent: string): Sized | undefined {
    const said = getDirective(this.#schema, this.#definition(parent, name), 'listSize')
    if (!said) return undefined
    const [{ assumedSize, slicingArguments, sizedFields }] = listSizeArguments.parse(said)
    const given = args.find((arg) => slicingArguments.includes(arg.name))?.value
    // A page of 0 reads one row, to know whether there are more.
    const size = Array.isArray(given) ? given.length : typeof given === 'number' ? Math.max(1, given) : assumedSize
    return { size, fields: sizedFields }
  }

  #definition(parent: string, name: string): GraphQLField<unknown, unknown> {
    const type = this.#schema.getType(parent)
    const field = isObjectType(type) ? type.getFields()[name] : undefined
    if (!field) throw new Error(`schema.graphql has no ${parent}.${name}`)
    return field
  }
}
