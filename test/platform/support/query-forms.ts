import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

// Random queries of a schema, and the different ways to write each of them.

export interface Field {
  /** Each field has a key of its own. */
  alias: string
  name: string
  args: Argument[]
  type: GraphQLNamedType
  children: Selection[]
}

interface Argument {
  name: string
  type: string
  value: unknown
}

/** A field, or a selection on one possible type of an abstract type. */
export type Selection = Field | { on: string; children: Selection[] }

const anId = 'thing_01h455vb4pex5vsknk084sn02q'

/** Up to five levels of up to three fields each, with pages and lists of all sizes. */
export function randomQuery(schema: GraphQLSchema, random: GeneratorValue): Selection[] {
  let aliases = 0
  const upTo = (most: number) => random(fc.nat, { max: most })

  function select(type: GraphQLNamedType | undefined, depth: number): Selection[] {
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    // The audit trail grows while it is read, so no two responses are equal.
    const all = Object.values(type.getFields()).filter(({ name }) => name !== 'auditEvents')
    const leaves = all.filter((field) => isLeafType(getNamedType(field.type)))
    // A type without a leaf is selected one level deeper.
    const fields = depth > 0 || leaves.length === 0 ? all : leaves
    const chosen = Array.from({ length: 1 + upTo(2) }, () => fields[upTo(fields.length - 1)])
    const selected: Selection[] = chosen.flatMap((field) => (field ? [fieldOf(field, depth)] : []))
    if (!isAbstractType(type) || depth <= 0) return selected
    const possible = schema.getPossibleTypes(type)
    const one = possible[upTo(possible.length - 1)]
    return one ? [...selected, { on: one.name, children: select(one, depth - 1) }] : selected
  }

  function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): Field {
    const type = getNamedType(field.type)
    const args = field.args.flatMap((arg) => argumentOf(arg) ?? [])
    const one = args.some(({ name }) => name === 'first') ? args.filter(({ name }) => name !== 'last') : args
    return { alias: `f${aliases++}`, name: field.name, args: one, type, children: select(type, depth - 1) }
  }

  function argumentOf(arg: GraphQLArgument): Argument | undefined {
    const given = { name: arg.name, type: String(arg.type) }
    if (arg.name === 'first' || arg.name === 'last') return upTo(2) ? undefined : { ...given, value: upTo(100) }
    if (arg.name === 'ids') return { ...given, value: Array(upTo(9)).fill(anId) }
    if (!isRequiredArgument(arg)) return undefined
    return { ...given, value: isListType(getNullableType(arg.type)) ? [] : anId }
  }

  return select(schema.getQueryType() ?? undefined, 5)
}

/** The ways in which two texts of one query differ. */
export interface Form {
  argument?: (value: string, type: string, query: Query) => string
  /** Fields of one type, between braces. */
  set?: (fields: string, type: string, query: Query) => string
  directive?: (query: Query) => string
  /** The groups of a field's own fields; the field is repeated for each group. */
  groups?: (children: Selection[]) => Selection[][]
}

/** The parts of a document while it is written. */
export class Query {
  readonly #form: Form
  readonly #definitions: string[] = []
  readonly #fragments: string[] = []
  readonly variables: Record<string, unknown> = {}

  constructor(form: Form) {
    this.#form = form
  }

  write(selections: Selection[]): string {
    const fields = this.#set(selections, 'Query')
    const definitions = this.#definitions.length === 0 ? '' : `(${this.#definitions.join(', ')})`
    return [`query Asked${definitions} ${fields}`, ...this.#fragments].join('\n')
  }

  /** A new variable: `default` is written into the document, `value` is sent beside it. */
  variable(type: string, given: { default?: string; value?: unknown }): string {
    const name = `v${this.#definitions.length}`
    this.#definitions.push(`$${name}: ${type}${given.default === undefined ? '' : ` = ${given.default}`}`)
    if ('value' in given) this.variables[name] = given.value
    return `$${name}`
  }

  /** A new fragment. Returns its spread. */
  fragment(fields: string, type: string): string {
    const name = `Part${this.#fragments.length}`
    this.#fragments.push(`fragment ${name} on ${type} { ${fields} }`)
    return `...${name}`
  }

  #set(selections: Selection[], type: string): string {
    const fields = selections.flatMap((selection) =>
      'on' in selection
        ? [`... on ${selection.on} ${this.#set(selection.children, selection.on)}`]
        : this.#field(selection),
    )
    const text = fields.join(' ')
    return `{ ${this.#form.set?.(text, type, this) ?? text} }`
  }

  #field({ alias, name, args, type, children }: Field): string[] {
    const { argument, directive, groups } = this.#form
    const values = args.map(({ name: arg, type: argType, value }) => {
      const literal = JSON.stringify(value)
      return `${arg}: ${argument?.(literal, argType, this) ?? literal}`
    })
    const head = `${alias}: ${name}${values.length === 0 ? '' : `(${values.join(', ')})`}`
    const all = groups && children.length > 1 ? groups(children) : [children]
    return all.map((group) => {
      const below = group.length === 0 ? '' : this.#set(group, type.name)
      return `${head} ${directive?.(this) ?? ''} ${below}`
    })
  }
}
