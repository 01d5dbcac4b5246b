import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { isSecret } from '../../privacy/secret.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

/**
 * The compressed size of a response tells how alike its parts are, so that a secret and a text that somebody else chose must
 * not stand in one (BREACH). Mutations show new secrets and repeat their input, and errors repeat parts of the request: only
 * a query without errors and without a secret field is compressed.
 */
export function compression(schema: GraphQLSchema): Step {
  const secretive = new WeakMap<DocumentNode, boolean>()

  function showsSecret(document: DocumentNode): boolean {
    const known = secretive.get(document) ?? selectsSecret(schema, document)
    secretive.set(document, known)
    return known
  }

  function allow(scope: RequestScope, document: DocumentNode): void {
    scope.isCompressible = scope.operation?.operation === 'query' && !showsSecret(document)
  }

  return {
    name: 'compression',
    about: 'Lets answers to queries be compressed, but those with an error or a secret.',
    general: [
      {
        onExecute: ({ args }) => allow(currentScope(), args.document),
        onResultProcess({ result }) {
          if (Array.isArray(result) || !('data' in result) || result.errors) currentScope().isCompressible = false
        },
      },
    ],
    fast: { onResponse: ({ scope, document }) => allow(scope, document) },
  }
}

/** In any of its operations and fragments. */
function selectsSecret(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let found = false
  visit(
    document,
    visitWithTypeInfo(types, {
      Field() {
        const field = types.getFieldDef()
        if (field && isSecret(field)) found = true
      },
    }),
  )
  return found
}
