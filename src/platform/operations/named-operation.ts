import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNullableType,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  typeFromAST,
  validate,
  valueFromAST,
  visit,
} from 'graphql'
import { sayNeeds } from '../auth/rule.ts'
import { fragmentsIn, type Selecting } from '../graphql/collect-fields.ts'
import { ruleOf } from '../graphql/shield.ts'
import {
  clientValues,
  executedDocument,
  type RestValues,
  type ToolValues,
  withClientDirectives,
} from './client-directives.ts'
import { type OperationAnswer, operationAnswer, rootField } from './operation-answer.ts'
import { isPersonal, withoutPersonal } from './personal-fields.ts'
import { variableDescriptions } from './variable-descriptions.ts'

/** A file of the catalogue. */
export interface OperationFile {
  /** `thing-find.graphql` */
  readonly name: string
  readonly text: string
}

export interface OperationVariable {
  readonly name: string
  readonly type: GraphQLInputType
  /** Whether every call must give it. */
  readonly isRequired: boolean
  /** Undefined where the operation has none. */
  readonly fallback: unknown
  readonly description: string | undefined
}

/** An operation with a name, a contract and the places where it is to be found. */
export interface NamedOperation {
  readonly name: string
  readonly type: 'query' | 'mutation'
  readonly description: string
  /** Who may call it: `Needs scope …`; undefined where everybody may. */
  readonly needs: string | undefined
  readonly definition: OperationDefinitionNode
  /** The document that is executed. */
  readonly text: string
  readonly variables: readonly OperationVariable[]
  readonly answer: OperationAnswer
  readonly selecting: Selecting
  readonly rest: RestValues | undefined
  readonly tool: OperationTool | undefined
}

/** An operation as agents call it. */
export interface OperationTool extends Required<{ [Flag in keyof ToolValues]: boolean }> {
  /** The document that is executed, without personal fields unless the tool shows them. */
  readonly text: string
  readonly answer: OperationAnswer
}

/** Thrown for a file that is no operation of the schema: one sentence for each fault. */
export class OperationFaults extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** Reads one operation. Throws OperationFaults. */
export function readOperation({ name: fileName, text }: OperationFile, schema: GraphQLSchema): NamedOperation {
  const { document, definition, name, type } = parsed(fileName, text)
  refuseIfAny(validate(withClientDirectives(schema), document).map(({ message }) => message))
  const { rest, tool } = clientValues(definition)
  const executed = executedDocument(document)
  const described = variableDescriptions(schema, document)
  refuseIfAny(shapeProblems(document, definition))
  const problems: string[] = []
  const seen = answerOf(schema, executed, problems)
  refuseIfAny(problems)
  const operation = {
    name,
    type,
    description: definition.description?.value ?? '',
    text: print(executed),
    variables: variablesOf(schema, definition, described),
    ...seen,
    rest,
  }
  return { ...operation, tool: tool && toolOf(schema, executed, operation, tool) }
}

function refuseIfAny(faults: readonly string[]): void {
  if (faults.length > 0) throw new OperationFaults(faults)
}

function parsed(fileName: string, text: string) {
  let document: DocumentNode
  try {
    document = parse(text)
  } catch (error) {
    throw new OperationFaults([error instanceof Error ? error.message : String(error)])
  }
  const [definition, ...others] = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const type = definition?.operation
  const name = definition?.name?.value
  if (!definition || !name || others.length > 0 || (type !== 'query' && type !== 'mutation'))
    throw new OperationFaults(['a file has one query or mutation, with a name'])
  const wanted = `${kebabCase(name)}.graphql`
  if (fileName !== wanted) throw new OperationFaults([`the operation ${name} belongs in a file named ${wanted}`])
  return { document, definition, name, type }
}

function shapeProblems(document: DocumentNode, definition: OperationDefinitionNode): string[] {
  const problems: string[] = []
  if (!definition.description) problems.push('it needs a description: a text in quotes above the operation')
  visit(document, {
    Field: ({ directives = [], name }) => {
      if (directives.length > 0)
        problems.push(`\`${name.value}\` has a directive: clients rely on an answer that always has the same fields`)
    },
    FragmentSpread: ({ directives = [] }) => {
      if (directives.length > 0) problems.push('a fragment has a directive: answers always have the same fields')
    },
  })
  return problems
}

function answerOf(schema: GraphQLSchema, document: DocumentNode, problems: string[]) {
  const definition = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const rootType = definition && schema.getRootType(definition.operation)
  if (!definition || !rootType) throw new OperationFaults(['the schema has no such operations'])
  const selecting = { schema, fragments: fragmentsIn(document), variables: {} }
  const root = rootField(selecting, rootType, [definition.selectionSet])
  if (!root) throw new OperationFaults(['it needs one field at its root, which is its answer'])
  const answer = operationAnswer(selecting, rootType, root, problems)
  return { definition, selecting, answer, needs: needsOf(rootType, root.name) }
}

function needsOf(rootType: GraphQLObjectType, name: string): string | undefined {
  const field = rootType.getFields()[name]
  const rule = field && ruleOf(rootType, field)
  return rule && rule.needs.length > 0 ? `Needs ${sayNeeds(rule)}.` : undefined
}

function variablesOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  described: ReadonlyMap<string, string>,
): OperationVariable[] {
  return variableDefinitions.flatMap(({ variable, type: node, defaultValue, description }) => {
    const name = variable.name.value
    // The document is validated, so each type is one of input.
    const type = typeFromAST(schema, node)
    if (!isInputType(type)) return []
    return [
      {
        name,
        type: getNullableType(type),
        isRequired: isNonNullType(type) && !defaultValue,
        fallback: defaultValue && valueFromAST(defaultValue, type),
        description: description?.value ?? described.get(name),
      },
    ]
  })
}

function toolOf(
  schema: GraphQLSchema,
  executed: DocumentNode,
  { type, text }: Pick<NamedOperation, 'type' | 'text'>,
  said: ToolValues,
): OperationTool {
  const isQuery = type === 'query'
  if (said.readOnly != null && said.readOnly !== isQuery)
    throw new OperationFaults([`\`@tool(readOnly: ${said.readOnly})\`: a query is read-only, and a mutation is not`])
  if (isQuery && said.destructive) throw new OperationFaults(['`@tool(destructive: true)`: a query destroys nothing'])
  const personal = said.personal ?? false
  const shown = personal ? executed : withoutPersonal(schema, executed)
  const problems = validate(schema, shown).map(({ message }) => `without its personal fields: ${message}`)
  refuseIfAny(problems)
  const { answer } = answerOf(schema, shown, problems)
  refuseIfAny(problems)
  return {
    readOnly: isQuery,
    destructive: !isQuery && said.destructive !== false,
    idempotent: said.idempotent ?? isQuery,
    personal: personal && isPersonal(schema, executed),
    text: personal ? text : print(shown),
    answer,
  }
}

/** `thing-find` of `ThingFind`. */
function kebabCase(name: string): string {
  return name
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-')
    .replaceAll('_', '-')
    .toLowerCase()
}
