import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { z } from 'zod'
import { requestError } from '../../errors.ts'
import type { TrustedDocuments } from '../../trusted-documents/trusted-documents.ts'
import { requestScope } from '../request-scope.ts'

const object = z.record(z.string(), z.unknown())
const params = z.object({
  query: z.string().optional(),
  documentId: z.string().optional(),
  operationName: z.string().nullish(),
  variables: object.nullish(),
  extensions: object.nullish(),
})
/** Apollo's way to ask for a document by its hash. */
const persistedQuery = z.object({ version: z.literal(1), sha256Hash: z.string() }).optional()

/**
 * Reads the parameters of a GraphQL request as GraphQL over HTTP defines them, from a JSON body or a query string; a
 * document may be asked for by its id. Properties it does not know are ignored. Yoga's own parsers take forms and
 * uploads too, which we do not.
 */
export function useGraphQLParams(documents: TrustedDocuments): Plugin {
  return {
    onRequestParse({ setRequestParser }) {
      setRequestParser((request) => readParams(request, documents))
    },
  }
}

/** Throws where there is no document to run. */
export function readParams(request: Pick<Request, 'method' | 'url'>, documents: TrustedDocuments): GraphQLParams {
  return parseParams(request.method === 'GET' ? readQueryString(request) : readBody(), documents)
}

function readQueryString(request: Pick<Request, 'url'>): unknown {
  const search = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1))
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

/** What the HTTP front has read, and found to be small enough. */
function readBody(): unknown {
  return parseJson(requestScope.getStore()?.body ?? '', 'The body')
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed(`${what} is not JSON.`)
  }
}

function parseParams(value: unknown, documents: TrustedDocuments): GraphQLParams {
  const parsed = params.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path[0] === undefined ? 'The request' : `"${String(issue.path[0])}"`
    throw malformed(
      `${where} has the wrong type: a request is {"query": string, "variables"?: object, "operationName"?: string}.`,
    )
  }
  const { operationName, variables, extensions } = parsed.data
  const asked = { query: parsed.data.query || undefined, ids: idsIn(parsed.data) }
  const scope = requestScope.getStore()
  const query = documents.textOf(asked, scope?.client.name)
  if (query === undefined) throw malformed('The request has no "query".')
  if (scope) scope.isNamedById = asked.query === undefined
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  }
}

function idsIn({ documentId, extensions }: z.infer<typeof params>): string[] {
  const persisted = persistedQuery.safeParse(extensions?.persistedQuery)
  if (!persisted.success) throw malformed('"extensions.persistedQuery" is {"version": 1, "sha256Hash": string}.')
  return [documentId, persisted.data?.sha256Hash].filter((id) => id !== undefined)
}

/** GraphQL's own answers begin with a request it can read: this is one of HTTP's, under every media type. */
function malformed(message: string) {
  return requestError('BAD_REQUEST', message)
}
