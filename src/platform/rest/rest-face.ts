import type { IncomingMessage } from 'node:http'
import { bestOf } from '../http/accept.ts'
import { graphqlPathOf, restPathOf } from '../http/exchange.ts'
import type { Call, Face, OpenCall } from '../http/face.ts'
import { isJson, notJson, type Refusal } from '../http/request-refusal.ts'
import { csvShape } from './csv-shape.ts'
import { RestAnswers, type RestFormat } from './rest-answer.ts'
import type { RestOperation } from './rest-operation.ts'
import { refusalIn } from './rest-problem.ts'
import { type FoundRoute, RestRoutes } from './rest-routes.ts'
import { restVariables } from './rest-variables.ts'

const formats: Readonly<Record<string, RestFormat>> = { 'application/json': 'json', 'text/csv': 'csv' }
const json = ['application/json']

/** What of a call does not depend on its body. */
interface Opened {
  request: IncomingMessage
  path: string
  search: string
  found: FoundRoute
  format: RestFormat
}

/** Named operations of one endpoint at their paths. */
export class RestFace implements Face {
  readonly methods = 'GET, HEAD, POST, PATCH, DELETE'
  readonly #audience: string | undefined
  readonly #apiPath: string
  readonly #routes: RestRoutes
  readonly #answers: ReadonlyMap<RestOperation, { answers: RestAnswers; types: readonly string[] }>

  constructor(operations: readonly RestOperation[], audience: string | undefined) {
    this.#audience = audience
    this.#apiPath = restPathOf(audience)
    this.#routes = new RestRoutes(operations)
    this.#answers = new Map(
      operations.map((operation) => {
        const types = csvShape(operation) ? Object.keys(formats) : json
        return [operation, { answers: new RestAnswers(operation), types }]
      }),
    )
  }

  open(request: IncomingMessage): OpenCall | Refusal {
    const [path = '', search = ''] = (request.url ?? '').split('?', 2)
    const found = this.#routes.find(methodOf(request), path.slice(this.#apiPath.length))
    if (!found)
      return { code: 'NOT_FOUND', message: `There is nothing here; ${this.#apiPath}/openapi.json lists what there is.` }
    if ('allowed' in found) {
      const allow = [...found.allowed, ...(found.allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
      return {
        code: 'METHOD_NOT_ALLOWED',
        message: `This path takes ${found.allowed.join(' and ')}.`,
        headers: { allow },
      }
    }
    if (hasBody(request) && !isJson(request.headers)) return notJson
    const { types = json } = this.#answers.get(found.operation) ?? {}
    const type = bestOf(types, request.headers.accept)
    const format = type === undefined ? undefined : formats[type]
    if (!format)
      return { code: 'NOT_ACCEPTABLE', message: `This comes as ${types.join(' or ')}; let \`Accept\` take one.` }
    const opened = { request, path, search, found, format }
    return { route: `${this.#apiPath}${found.operation.rest.path}`, call: (text) => this.#call(opened, text) }
  }

  #call(
    { request, path, search, found: { operation, inPath }, format }: Opened,
    body: string | undefined,
  ): Call | Refusal {
    const answers = this.#answers.get(operation)?.answers
    if (!answers) throw new Error(`${operation.name} has no answers`)
    let variables: Record<string, unknown>
    try {
      variables = restVariables(operation, { inPath, search, body })
    } catch (error) {
      return refusalIn(error)
    }
    request.headers.accept = json[0]
    const url = search === '' ? path : `${path}?${search}`
    return {
      // The endpoint is one of GraphQL, which knows two methods.
      head: {
        method: methodOf(request) === 'GET' ? 'GET' : 'POST',
        url: graphqlPathOf(this.#audience),
        headers: request.headers,
      },
      facts: { named: { document: operation.text, variables }, acceptsStream: false },
      isEventStream: false,
      answer: (executed, requestId) => answers.answer(executed, { apiPath: this.#apiPath, url, requestId, format }),
    }
  }
}

/** RFC 9112, section 6: a request has a body where one of these headers says so. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** A HEAD is a GET whose body Node does not send (RFC 9110, section 9.3.2). */
function methodOf({ method = '' }: IncomingMessage): string {
  return method === 'HEAD' ? 'GET' : method
}
