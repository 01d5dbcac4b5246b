import type { GraphQLParams } from 'graphql-yoga'
import { z } from 'zod'
import { requestError } from '../../errors.ts'
import type { TrustedDocuments } from '../../trusted-documents/trusted-documents.ts'
import { currentScope, type RequestScope } from '../request-scope.ts'
import type { Step } from '../step.ts'

const object = z.record(z.string(), z.unknown())
const params = z.object({
  query: z.string().optional(),
  documentId: z.string().optional(),
  operationName: z.string().nullish(),
  variables: object.nullish(),
  extensions: object.nullish(),
})
/** Automatic persisted queries of Apollo's clients. */
const persistedQuery = z.object({ version: z.literal(1), sha256Hash: z.string() }).optional()

/**
 * Reads the parameters of a request as GraphQL over HTTP defines them, from a JSON body or a query string. A request may
 * name its document by an id. Unknown properties are ignored. This replaces Yoga's parsers, which also take forms and
 * uploads.
 */
export function parameters(documents: TrustedDocuments): Step {
  return {
    name: 'parameters',
    about: 'Reads document, variables and operation name; finds a trusted document by its id.',
    general: [
      { onRequestParse: ({ setRequestParser }) => setRequestParser(() => readParameters(currentScope(), documents)) },
    ],
    fast: {
      onRequest(operation) {
        try {
          operation.parameters = readParameters(operation.scope, documents)
          return undefined
        } catch {
          return 'hand over'
        }
      },
    },
  }
}

/** Throws where there is no document to execute. */
function readParameters(scope: RequestScope, documents: TrustedDocuments): GraphQLParams {
  const { method, url, text, named } = scope.request
  if (named) {
    scope.isNamedById = true
    return { query: named.document, variables: named.variables }
  }
  return parseParameters(method === 'GET' ? readQueryString(url) : parseJson(text, 'The body'), scope, documents)
}

function readQueryString(url: string): unknown {
  const search = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  const json = (name: string) => {
    const text = search.get(name)
    return text ? parseJson(text, `The "${name}" parameter`) : undefined
  }
  return {
    query: search.get('query') ?? undefined,
    documentId: search.get('documentId') ?? undefined,
    operationName: search.get('operationName') || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed(`${what} is not JSON.`)
  }
}

function parseParameters(value: unknown, scope: RequestScope, documents: TrustedDocuments): GraphQLParams {
  const parsed = params.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path[0] === undefined ? 'The request' : `"${String(issue.path[0])}"`
    throw malformed(
      `${where} has the wrong type: a request is {"query": string, "variables"?: object, "operationName"?: string}.`,
    )
  }
  const { operationName, variables, extensions } = parsed.data
  const named = { query: parsed.data.query || undefined, ids: idsIn(parsed.data) }
  const query = documents.textOf(named, scope.request.client.name)
  if (query === undefined) throw malformed('The request has no "query".')
  scope.isNamedById = named.query === undefined
  return {
    query,
    // Clients send an empty name for none.
    operationName: operationName || undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  }
}

function idsIn({ documentId, extensions }: z.infer<typeof params>): string[] {
  const persisted = persistedQuery.safeParse(extensions?.persistedQuery)
  if (!persisted.success) throw malformed('"extensions.persistedQuery" is {"version": 1, "sha256Hash": string}.')
  return [documentId, persisted.data?.sha256Hash].filter((id) => id !== undefined)
}

/** An error of the HTTP request, whose status holds under every media type. */
function malformed(message: string) {
  return requestError('BAD_REQUEST', message)
}
