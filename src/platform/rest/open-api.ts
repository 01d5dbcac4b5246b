import { errorCatalogue } from '../errors.ts'
import { restPathOf } from '../http/exchange.ts'
import { problemType } from '../http/problem.ts'
import { answerSchema } from '../operations/answer-schema.ts'
import { described, type JsonSchema, JsonSchemas } from '../operations/json-schemas.ts'
import type { OperationVariable } from '../operations/named-operation.ts'
import { csvShape } from './csv-shape.ts'
import { exampleOf } from './example.ts'
import type { RestOperation } from './rest-operation.ts'

/** An OpenAPI document, version 3.1. */
export interface OpenApi {
  openapi: string
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  components: Record<string, Record<string, JsonSchema>>
  security: JsonSchema[]
}

export interface OpenApiOperation {
  operationId: string
  summary: string
  description: string
  parameters: OpenApiParameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema; example: unknown }> }
  responses: Record<string, JsonSchema>
}

export interface OpenApiParameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description: string
  schema: JsonSchema
  style?: string
  explode?: boolean
  example?: unknown
}

interface Described {
  audience: { name: string; about: string; viewers: readonly string[] } | undefined
  operations: readonly RestOperation[]
  version: string
}

const prefix = '#/components/schemas/'

/** Describes the named operations of an endpoint for clients of REST. */
export function openApi({ audience, operations, version }: Described): OpenApi {
  const schemas = new JsonSchemas(prefix)
  const paths: OpenApi['paths'] = {}
  for (const operation of operations) {
    const { path, method } = operation.rest
    paths[path] = { ...paths[path], [method.toLowerCase()]: described31(operation, schemas) }
  }
  const takesAnybody = audience === undefined || audience.viewers.includes('anonymous')
  return {
    openapi: '3.1.0',
    info: {
      title: audience ? `The API for ${audience.name}` : 'The API',
      version,
      description: `${audience?.about ?? 'Everything that is served by name.'} Rules, limits and errors are those of GraphQL.`,
    },
    servers: [{ url: restPathOf(audience?.name) }],
    paths,
    components: {
      schemas: { ...Object.fromEntries([...schemas.named].sort()), Problem: problemSchema },
      responses: { Problem: problemResponse },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token (JWT) of a configured provider, or an API key.',
        },
      },
      headers: headerSchemas,
    },
    security: takesAnybody ? [{ bearer: [] }, {}] : [{ bearer: [] }],
  }
}

function described31(operation: RestOperation, schemas: JsonSchemas): OpenApiOperation {
  const { name, description, needs, inPath, inQuery, inBody, type, rest } = operation
  const [summary = description] = description.split('\n', 1)
  const parameters = [
    ...inPath.map((variable) => parameter(variable, 'path', schemas)),
    ...inQuery.map((variable) => parameter(variable, 'query', schemas)),
    ...(type === 'mutation' ? [idempotencyKey] : []),
  ]
  return {
    operationId: name.slice(0, 1).toLowerCase() + name.slice(1),
    summary: summary.replace(/\.$/, ''),
    description: needs ? `${description}\n\n${needs}` : description,
    parameters,
    ...(rest.method === 'GET' || inBody.length === 0 ? {} : { requestBody: requestBody(inBody, schemas) }),
    responses: { 200: good(operation, schemas), ...refusals(operation) },
  }
}

function parameter(variable: OperationVariable, place: 'path' | 'query', schemas: JsonSchemas): OpenApiParameter {
  const { name, isRequired, type, fallback } = variable
  const schema = schemas.input(type)
  return {
    name,
    in: place,
    required: isRequired,
    description: variable.description ?? '',
    schema: fallback === undefined ? schema : { ...schema, default: fallback },
    ...(schema.$ref && isObject(schemas, schema.$ref) ? { style: 'deepObject', explode: true } : {}),
    ...(isRequired ? { example: exampleOf(schema, schemas) } : {}),
  }
}

function isObject(schemas: JsonSchemas, reference: unknown): boolean {
  return schemas.named.get(String(reference).slice(prefix.length))?.type === 'object'
}

const idempotencyKey: OpenApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A key of your own, such as a UUID. A repeated call with it does nothing again, and gets the same answer.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function requestBody(inBody: readonly OperationVariable[], schemas: JsonSchemas) {
  const properties = inBody.map(({ name, type, isRequired, fallback, description }): [string, JsonSchema] => {
    const schema = described(schemas.input(type, !isRequired), description)
    return [name, fallback === undefined ? schema : { ...schema, default: fallback }]
  })
  const required = inBody.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  const schema = { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false }
  return {
    required: required.length > 0,
    content: { 'application/json': { schema, example: exampleOf(schema, schemas) } },
  }
}

function good(operation: RestOperation, schemas: JsonSchemas): JsonSchema {
  const { answer, type } = operation
  const schema = answerSchema(operation, answer, schemas)
  const isPage = answer.kind === 'page'
  const isCounted = answer.kind === 'page' && answer.isCounted
  const named = ['RateLimit', ...(isPage ? ['Link'] : ['']), ...(isCounted ? ['X-Total-Count'] : [])]
  const ofType = type === 'mutation' ? ['X-Consistency-Token', 'Idempotent-Replayed'] : ['ETag']
  const headers = [...named, ...ofType].filter((name) => name !== '')
  return {
    description: answer.root.description ?? 'The answer.',
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: {
      'application/json': { schema, example: exampleOf(schema, schemas) },
      ...(csvShape(operation) && { 'text/csv': { schema: { type: 'string' } } }),
    },
  }
}

/** The status codes of refusals that clients must expect; any other is a problem too. */
function refusals({ answer, type }: RestOperation): Record<string, JsonSchema> {
  const problem = { $ref: '#/components/responses/Problem' }
  const isLookUp = answer.kind === 'value' && type === 'query'
  const statuses = ['400', '401', '403', ...(isLookUp ? ['404'] : []), '422', '429', 'default']
  return Object.fromEntries(statuses.map((status) => [status, problem]))
}

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'What is wrong, as in RFC 9457.',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Where this kind of problem is described.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What is wrong, for people.' },
    code: {
      type: 'string',
      description: `One of the codes of docs/errors.md, such as ${Object.keys(errorCatalogue)[0]}; INPUT_REFUSED where \`errors\` says what to mend.`,
    },
    requestId: { type: 'string', description: 'As in `x-request-id` and the log.' },
    traceId: { type: 'string' },
    retryAfterSeconds: { type: 'integer' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          code: { type: 'string' },
          detail: { type: 'string' },
          pointer: { type: 'string', description: 'The place in the body: `#/lines/0/quantity`.' },
          parameter: { type: 'string', description: 'The parameter of path or query string.' },
        },
        required: ['code', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
}

const problemResponse: JsonSchema = {
  description: 'The request was refused, or failed.',
  content: { [problemType]: { schema: { $ref: `${prefix}Problem` } } },
}

const text = { type: 'string' }
const headerSchemas: Record<string, JsonSchema> = {
  ETag: { description: 'Of an answer that caches may keep: send it as `If-None-Match`.', schema: text },
  'Idempotent-Replayed': {
    description: '`true` where the key was used before, and nothing was done again.',
    schema: text,
  },
  Link: { description: 'The next page: `<…>; rel="next"`. Without it this is the last one.', schema: text },
  RateLimit: { description: 'What is left of the budget of the caller.', schema: text },
  'X-Consistency-Token': { description: 'Send it back to read what was written.', schema: text },
  'X-Total-Count': { description: 'How many there are on all pages.', schema: { type: 'integer' } },
}
