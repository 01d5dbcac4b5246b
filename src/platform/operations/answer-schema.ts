import type { GraphQLOutputType } from 'graphql'
import { GraphQLNonNull, isNonNullType } from 'graphql'
import type { JsonSchema, JsonSchemas } from './json-schemas.ts'
import type { NamedOperation } from './named-operation.ts'
import type { OperationAnswer } from './operation-answer.ts'

/** What an operation responds with, without the envelope of GraphQL. */
export function answerSchema(
  { selecting }: Pick<NamedOperation, 'selecting'>,
  answer: OperationAnswer,
  schemas: JsonSchemas,
): JsonSchema {
  if (answer.kind === 'page') return { type: 'array', items: schemas.output(selecting, answer.node) }
  // What is not there is no answer but a refusal.
  if (answer.kind === 'value') return schemas.output(selecting, { ...answer.root, type: present(answer.root.type) })
  const [only, ...others] = answer.changed
  return only && others.length === 0 ? schemas.output(selecting, only) : schemas.object(selecting, answer.changed)
}

function present(type: GraphQLOutputType): GraphQLOutputType {
  return isNonNullType(type) ? type : new GraphQLNonNull(type)
}
