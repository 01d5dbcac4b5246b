import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql'
import { builder } from '../../graphql/builder.ts'
import { conditionsIn, fragmentsIn } from '../../graphql/collect-fields.ts'
import { coerceVariables } from '../../graphql/variables.ts'
import { type CompiledOperation, compileOperation } from './compile-operation.ts'
import { NotCompiled } from './not-compiled.ts'
import type { Operation } from './resolve-info.ts'

/** Plugins whose wrapping of resolvers the compiler knows: plugin-relay and plugin-sub-graph wrap none, plugin-prisma checks what was loaded. */
const knownPlugins: readonly string[] = ['prisma', 'relay', 'subGraph']
const isKnownSchema = !builder.options.plugins?.some((name) => !knownPlugins.includes(name))

/** One operation is compiled for each combination of values in `@skip` and `@include`, up to this number. */
const maxForms = 16

/** A validated document. Its operations are compiled on first use. */
export class CompiledDocument {
  readonly document: DocumentNode
  readonly #schema: GraphQLSchema
  readonly #fragments: Operation['fragments']
  readonly #conditions: readonly string[]
  readonly #operations = new Map<string, CompiledOperation | undefined>()

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema
    this.document = document
    this.#fragments = fragmentsIn(document)
    this.#conditions = conditionsIn(document)
  }

  /** Undefined where the general route must execute it. */
  operationOf(name: string | null | undefined, variables: Record<string, unknown>): CompiledOperation | undefined {
    const flags = this.#conditions.map((condition) => variables[condition])
    // An empty name is a name, and no operation has it.
    const key = JSON.stringify([name ?? null, ...flags])
    const known = this.#operations.get(key)
    if (known || this.#operations.has(key)) return known?.isUnusable ? undefined : known
    if (this.#operations.size >= maxForms) return undefined
    const compiled = isKnownSchema ? this.#compile(name, variables) : undefined
    this.#operations.set(key, compiled)
    return compiled
  }

  #compile(name: string | null | undefined, given: Record<string, unknown>): CompiledOperation | undefined {
    const definition = getOperationAST(this.document, name)
    const variables = definition && coerceVariables(this.#schema, definition, given).coerced
    if (!variables) return undefined
    try {
      return compileOperation({ schema: this.#schema, definition, fragments: this.#fragments, variables })
    } catch (error) {
      if (error instanceof NotCompiled) return undefined
      throw error
    }
  }
}
