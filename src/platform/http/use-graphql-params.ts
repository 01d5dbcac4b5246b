import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { z } from 'zod'
import { requestError } from '../errors.ts'
import { requestScope } from '../request-scope.ts'

const object = z.record(z.string(), z.unknown())
const params = z.object({
  query: z.string().optional(),
  operationName: z.string().nullish(),
  variables: object.nullish(),
  extensions: object.nullish(),
})

/**
 * Reads the parameters of a GraphQL request as GraphQL over HTTP defines them, from a JSON body or a query string.
 * Properties it does not know are ignored. Yoga's own parsers take forms and uploads too, which we do not.
 */
export function useGraphQLParams(): Plugin {
  return {
    onRequestParse({ request, setRequestParser }) {
      setRequestParser(request.method === 'GET' ? readQueryString : readBody)
    },
  }
}

function readQueryString(request: Request): GraphQLParams {
  const search = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1))
  const json = (name: string) => {
    const text = search.get(name)
    return text ? parseJson(text, `The "${name}" parameter`) : undefined
  }
  return parseParams({
    query: search.get('query') ?? undefined,
    operationName: search.get('operationName') || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  })
}

/** What the HTTP front has read, and found to be small enough. */
function readBody(): GraphQLParams {
  return parseParams(parseJson(requestScope.getStore()?.body ?? '', 'The body'))
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed(`${what} is not JSON.`)
  }
}

function parseParams(value: unknown): GraphQLParams {
  const parsed = params.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path[0] === undefined ? 'The request' : `"${String(issue.path[0])}"`
    throw malformed(
      `${where} has the wrong type: a request is {"query": string, "variables"?: object, "operationName"?: string}.`,
    )
  }
  if (!parsed.data.query) throw malformed('The request has no "query".')
  const { query, operationName, variables, extensions } = parsed.data
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  }
}

/** GraphQL's own answers begin with a request it can read: this is one of HTTP's, under every media type. */
function malformed(message: string) {
  return requestError('BAD_REQUEST', message)
}
