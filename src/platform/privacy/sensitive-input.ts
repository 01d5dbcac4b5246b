import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  Kind,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { sensitivityOf } from './sensitivity.ts'

export const redacted = '[redacted]'

/** Beyond these nothing is looked for any more, and everything is taken for sensitive. */
const maxValues = 1000
const maxDepth = 32
/** One or two characters tell nothing, and are in every text. */
const minLength = 3
/** Shorter ones may be a part of any word; longer ones may have been cut off by whoever repeats them. */
const wordLength = 4
const cutLength = 24

type Variables = Readonly<Record<string, unknown>>

/**
 * What one operation was given in tagged inputs, as literals or in variables, fitting their types or not: to take it
 * out of what is said of the operation. Looked for only when something went wrong.
 */
export class SensitiveInput {
  readonly #schema: GraphQLSchema
  readonly #document: DocumentNode
  readonly #variables: Variables
  #values: readonly string[] | 'too many' | undefined

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables) {
    this.#schema = schema
    this.#document = document
    this.#variables = variables
  }

  /** The text without any of it: also trimmed, in other letters, escaped, or cut off. */
  redact(text: string): string {
    this.#values ??= new Collector(this.#schema, this.#variables).collect(this.#document)
    if (this.#values === 'too many') return redacted
    return this.#values.reduce(without, text)
  }
}

class TooMany extends Error {}

class Collector {
  readonly #schema: GraphQLSchema
  readonly #variables: Variables
  readonly #found = new Set<string>()

  constructor(schema: GraphQLSchema, variables: Variables) {
    this.#schema = schema
    this.#variables = variables
  }

  collect(document: DocumentNode): readonly string[] | 'too many' {
    try {
      this.#visit(document)
    } catch (error) {
      if (error instanceof TooMany) return 'too many'
      throw error
    }
    // A value may be a part of another.
    return [...this.#found].flatMap(spellings).sort((a, b) => b.length - a.length)
  }

  #visit(document: DocumentNode): void {
    const typeInfo = new TypeInfo(this.#schema)
    visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Argument: ({ value }) => {
          const argument = typeInfo.getArgument()
          if (argument) this.#literal(argument.type, value, sensitivityOf(argument) !== undefined)
        },
        VariableDefinition: ({ variable, type, defaultValue }) => {
          const declared = typeFromAST(this.#schema, type)
          if (!isInputType(declared)) return
          if (defaultValue) this.#literal(declared, defaultValue, false)
          this.#value(declared, this.#variables[variable.name.value], false)
        },
      }),
    )
  }

  #literal(type: GraphQLInputType | undefined, node: ValueNode, tagged: boolean, depth = 0): void {
    if (depth > maxDepth) throw new TooMany()
    switch (node.kind) {
      case Kind.VARIABLE:
        if (tagged) this.#value(type, this.#variables[node.name.value], true)
        break
      case Kind.LIST:
        for (const item of node.values) this.#literal(type, item, tagged, depth + 1)
        break
      case Kind.OBJECT:
        for (const { name, value } of node.fields) {
          const field = fieldOf(type, name.value)
          this.#literal(field?.type, value, tagged || isTagged(field), depth + 1)
        }
        break
      case Kind.STRING:
      case Kind.INT:
      case Kind.FLOAT:
      case Kind.ENUM:
        if (tagged) this.#add(node.value)
    }
  }

  #value(type: GraphQLInputType | undefined, value: unknown, tagged: boolean, depth = 0): void {
    if (depth > maxDepth) throw new TooMany()
    if (Array.isArray(value)) {
      for (const item of value) this.#value(type, item, tagged, depth + 1)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        const field = fieldOf(type, name)
        this.#value(field?.type, part, tagged || isTagged(field), depth + 1)
      }
    } else if (tagged && (typeof value === 'string' || typeof value === 'number')) {
      this.#add(String(value))
    }
  }

  #add(value: string): void {
    if (this.#found.size === maxValues) throw new TooMany()
    this.#found.add(value)
  }
}

function fieldOf(type: GraphQLInputType | undefined, name: string) {
  const named = getNamedType(type)
  return isInputObjectType(named) ? named.getFields()[name] : undefined
}

function isTagged(field: ReturnType<typeof fieldOf>): boolean {
  return field !== undefined && sensitivityOf(field) !== undefined
}

/** The ways a text is written that was sent so: as it came, as mutations keep it, and as JSON has it. */
function spellings(value: string): string[] {
  const kept = value.normalize('NFC').trim()
  const all = [value, value.trim(), kept, kept.toLowerCase()]
  const escaped = all.map((text) => JSON.stringify(text).slice(1, -1))
  return [...new Set([...all, ...escaped])].filter(({ length }) => length >= minLength)
}

function without(text: string, value: string): string {
  if (value.length < wordLength) return text.replace(wholeWord(value), redacted)
  const whole = text.replaceAll(value, redacted)
  return value.length > cutLength ? withoutBeginning(whole, value) : whole
}

/** What begins as the value does is taken out as far as it goes on so. */
function withoutBeginning(text: string, value: string): string {
  const start = text.indexOf(value.slice(0, cutLength))
  if (start < 0) return text
  let end = start + cutLength
  while (end < text.length && text[end] === value[end - start]) end += 1
  return `${text.slice(0, start)}${redacted}${withoutBeginning(text.slice(end), value)}`
}

function wholeWord(value: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'gu')
}
