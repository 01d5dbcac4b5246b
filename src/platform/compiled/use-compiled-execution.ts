import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getArgumentValues,
  getOperationAST,
  locatedError,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { builder } from '../builder.ts'
import { conditionsIn, fragmentsIn } from '../collect-fields.ts'
import type { Context } from '../context.ts'
import { coerceVariables } from '../limits/variables.ts'
import { requestScope } from '../request-scope.ts'
import {
  type CompiledOperation,
  compileOperation,
  type Operation,
  type RootField,
  type Run,
} from './compile-operation.ts'
import { NotCompiled } from './not-compiled.ts'
import type { CompiledInfo } from './selection-memo.ts'

interface Request {
  context: Context
  variables: Record<string, unknown>
  rootValue: unknown
}

/** The plugins whose wrapping of resolvers is known here: plugin-relay wraps none, plugin-prisma asks what was loaded. */
const knownPlugins: readonly string[] = ['prisma', 'relay']

/**
 * Answers queries by a function made of their document, where every field of it is read in a way that is known: the
 * root fields' own resolvers make the reads, and their rows become the answer without a promise, a path or a look-up
 * for each field. All else is left to the general executor, and so is every query of which anything turns out
 * otherwise while it runs: a field that is denied, fails, or is not there. It reads again then, and its word holds.
 */
export function useCompiledExecution(): Plugin<Context> {
  if (builder.options.plugins?.some((name) => !knownPlugins.includes(name))) return {}
  const documents = new WeakMap<DocumentNode, CompiledDocument>()
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { document, contextValue: context, rootValue } = args
      const seen = documents.get(document)
      // What comes once is not worth compiling.
      if (!seen) {
        documents.set(document, new CompiledDocument(document))
        return
      }
      const compiled = seen.operationOf(args)
      if (!compiled || compiled.isMistaken) return
      setExecuteFn(async (given: ExecutionArgs) => {
        const request = { context, variables: given.variableValues ?? {}, rootValue }
        const answered = await execute(compiled, request)
        const scope = requestScope.getStore()
        if (scope && answered) scope.isCompiled = true
        return answered ?? executeFn(given)
      })
    },
  }
}

/** Flags that differ make another operation; so many are kept. */
const maxForms = 16

class CompiledDocument {
  readonly #document: DocumentNode
  readonly #fragments: Operation['fragments']
  readonly #conditions: readonly string[]
  readonly #operations = new Map<string, CompiledOperation | undefined>()

  constructor(document: DocumentNode) {
    this.#document = document
    this.#fragments = fragmentsIn(document)
    this.#conditions = conditionsIn(document)
  }

  operationOf({ schema, operationName, variableValues }: ExecutionArgs): CompiledOperation | undefined {
    const flags = this.#conditions.map((name) => variableValues?.[name])
    const key = `${operationName ?? ''} ${JSON.stringify(flags)}`
    if (this.#operations.has(key)) return this.#operations.get(key)
    if (this.#operations.size >= maxForms) return undefined
    const compiled = this.#compile(schema, operationName, variableValues ?? {})
    this.#operations.set(key, compiled)
    return compiled
  }

  #compile(
    schema: Operation['schema'],
    name: string | null | undefined,
    given: Record<string, unknown>,
  ): CompiledOperation | undefined {
    const definition = getOperationAST(this.#document, name)
    const variables = definition && coerceVariables(schema, definition, given).coerced
    if (!variables) return undefined
    try {
      return compileOperation({ schema, definition, fragments: this.#fragments, variables })
    } catch (error) {
      if (error instanceof NotCompiled) return undefined
      throw error
    }
  }
}

/** Undefined where the general executor is to answer. */
async function execute(compiled: CompiledOperation, request: Request): Promise<ExecutionResult | undefined> {
  const { operation, fields, rules } = compiled
  const { context } = request
  if (rules.some((rule) => !rule.allows(context.viewer))) return undefined
  const { coerced } = coerceVariables(operation.schema, operation.definition, request.variables)
  if (!coerced) return undefined
  const run: Run = { context, variables: coerced, arguments: [], pending: [], errors: [] }
  const data: Record<string, unknown> = {}
  try {
    // All rows are there before the first is completed, so that what is loaded for them is asked for at once, together.
    const found = await Promise.all(
      fields.map((field) => ('name' in field ? field.name : readRoot(compiled, field, request, run))),
    )
    fields.forEach((field, index) => {
      data[field.key] = 'name' in field ? field.name : completeRoot(field, found[index], run)
    })
    while (run.pending.length > 0) await Promise.all(run.pending.splice(0))
  } catch (error) {
    // Whatever went wrong below the root: the general executor finds it again, and says where.
    await Promise.allSettled(run.pending)
    if (error instanceof NotCompiled) compiled.isMistaken = true
    return undefined
  }
  const { errors } = run
  if (errors.length === 0) return { data }
  const isNothing = fields.some((field) => 'nonNull' in field && field.nonNull && data[field.key] === null)
  return { data: isNothing ? null : data, errors }
}

async function readRoot(compiled: CompiledOperation, root: RootField, request: Request, run: Run): Promise<unknown> {
  try {
    return await resolveRoot(compiled, root, request, run)
  } catch (error) {
    return locatedError(error, root.nodes, [root.key])
  }
}

/** A root field that fails is null, and its error is told: to read again would fail again. */
function completeRoot({ key, nodes, complete }: RootField, found: unknown, run: Run): unknown {
  if (!(found instanceof Error)) return complete(found, run, { prev: undefined, key })
  run.errors.push(locatedError(found, nodes, [key]))
  return null
}

function resolveRoot(
  { operation, parentType }: CompiledOperation,
  { key, field, nodes, memo }: RootField,
  { rootValue, context }: Request,
  run: Run,
): unknown {
  const [node] = nodes
  const { schema, definition, fragments } = operation
  const info: CompiledInfo = {
    selectionMemo: memo,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType,
    path: { prev: undefined, key, typename: parentType.name },
    schema,
    fragments,
    rootValue,
    operation: definition,
    variableValues: run.variables,
  }
  const values = node && field.args.length > 0 ? getArgumentValues(field, node, run.variables) : {}
  return field.resolve?.(rootValue, values, context, info)
}
