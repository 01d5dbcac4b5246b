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
import { foldedText } from '../database/folded-text.ts'
import { sensitivityOf } from './sensitivity.ts'

export const redacted = '[redacted]'

/** Above these numbers the search stops, and every text counts as sensitive. */
const maxValues = 1000
const maxDepth = 32
/** Shorter values are in every text, and reveal nothing. */
const minLength = 3
/** A value below `wordLength` is replaced as a whole word only. One above `cutLength` may appear cut off. */
const wordLength = 4
const cutLength = 24

type Variables = Readonly<Record<string, unknown>>

/**
 * The values of tagged inputs of one operation, from literals and variables, valid or not. Error messages and log lines are
 * redacted with them. They are collected only when a text must be redacted.
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

  /** The text without these values, also where they are trimmed, in lower case, escaped or cut off. */
  redact(text: string): string {
    this.#values ??= new Collector(this.#schema, this.#variables).collect(this.#document)
    if (this.#values === 'too many') return redacted
    return this.#values.reduce(without, text)
  }
}

class TooManyValues extends Error {}

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
      if (error instanceof TooManyValues) return 'too many'
      throw error
    }
    // Longest first, because a value may be a part of another.
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
    if (depth > maxDepth) throw new TooManyValues()
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
    if (depth > maxDepth) throw new TooManyValues()
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
    if (this.#found.size === maxValues) throw new TooManyValues()
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

/** The forms of a value in texts: as it came, as mutations store it, as searches fold it, and escaped as in JSON. */
function spellings(value: string): string[] {
  const stored = value.normalize('NFC').trim()
  const all = [value, value.trim(), stored, stored.toLowerCase(), foldedText(value)]
  const escaped = all.map((text) => JSON.stringify(text).slice(1, -1))
  return [...new Set([...all, ...escaped])].filter(({ length }) => length >= minLength)
}

function without(text: string, value: string): string {
  if (value.length < wordLength) return text.replace(wholeWord(value), redacted)
  const whole = text.replaceAll(value, redacted)
  return value.length > cutLength ? withoutBeginning(whole, value) : whole
}

/** Redacts each passage that begins like the value, as far as it continues like it. */
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
