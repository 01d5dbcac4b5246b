import { z } from 'zod'
import type { RemoteCall } from '../context.ts'

const content = z.object({ 'application/json': z.object({ schema: z.record(z.string(), z.unknown()) }) })
const operation = z.object({ operationId: z.string(), responses: z.object({ 200: z.object({ content }) }) })
/** The parts of an OpenAPI document (3.0 or 3.1) that an operation needs. Other methods are not for fields. */
const openApiDocument = z.object({
  openapi: z.string().regex(/^3\.[01]\./),
  paths: z.record(z.string(), z.object({ get: z.unknown(), post: z.unknown() }).partial()),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }).optional(),
})
type OpenApiDocument = z.infer<typeof openApiDocument>

/** What an OpenAPI document says of one operation. */
interface OpenApiOperation {
  method: RemoteCall<unknown>['method']
  /** The segments of its path, with these parameters in it. */
  pathWith(parameters?: Readonly<Record<string, string>>): string[]
  /** Accepts what fits the answer of status 200: `answer.pipe(…)` gives it a type. */
  answer: z.ZodType
}

/** The operation with this id. Throws where the document has none that a call can be made of. */
export function openApiOperation(document: unknown, operationId: string): OpenApiOperation {
  const parsed = openApiDocument.parse(document)
  for (const [path, { get, post }] of Object.entries(parsed.paths)) {
    for (const [method, described] of [
      ['GET', get],
      ['POST', post],
    ] as const) {
      if (!isNamed(described, operationId)) continue
      const { responses } = operation.parse(described)
      const { schema } = responses[200].content['application/json']
      return { method, pathWith: (parameters) => pathOf(path, parameters), answer: answerOf(parsed, schema) }
    }
  }
  throw new Error(`the OpenAPI document has no operation ${operationId} of GET or POST`)
}

function isNamed(described: unknown, operationId: string): boolean {
  return z.object({ operationId: z.literal(operationId) }).safeParse(described).success
}

function pathOf(template: string, parameters: Readonly<Record<string, string>> = {}): string[] {
  return template
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      const name = /^\{(.+)\}$/.exec(segment)?.[1]
      if (name === undefined) return segment
      const value = parameters[name]
      if (value === undefined) throw new Error(`the path ${template} needs ${name}`)
      return value
    })
}

/** JSON Schema has its definitions beside it, where OpenAPI has them in its components. */
function answerOf({ openapi, components }: OpenApiDocument, schema: Readonly<Record<string, unknown>>): z.ZodType {
  const isOld = openapi.startsWith('3.0.')
  const place = isOld ? 'definitions' : '$defs'
  const text = JSON.stringify({ ...schema, [place]: components?.schemas ?? {} })
  const moved = text.replaceAll('"#/components/schemas/', `"#/${place}/`)
  return z.fromJSONSchema(JSON.parse(moved), { defaultTarget: isOld ? 'openapi-3.0' : 'draft-2020-12' })
}
