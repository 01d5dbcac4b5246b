import { errorCatalogue } from '../errors.ts'
import { escapeHtml } from '../http/escape-html.ts'
import type { JsonSchema } from '../operations/json-schemas.ts'
import type { OpenApi, OpenApiOperation, OpenApiParameter } from '../rest/open-api.ts'

/** The body of the reference page of an API: what its OpenAPI document says, for people. */
export function apiReference(api: OpenApi): string {
  const { info, paths, servers } = api
  const apiPath = servers[0]?.url ?? ''
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationSection(method, `${apiPath}${path}`, operation)),
  )
  return `<header>
<h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
<p>${escapeHtml(info.description)}</p>
<p>For programs: <a href="${apiPath}/openapi.json">openapi.json</a></p>
</header>
${operations.join('\n')}
<section aria-labelledby="schemas">
<h2 id="schemas">Types</h2>
${Object.entries(api.components.schemas ?? {})
  .map(schemaBlock)
  .join('\n')}
</section>
<section aria-labelledby="errors">
<h2 id="errors">Errors</h2>
<p>Each is a problem of the type <code>application/problem+json</code> (RFC 9457).</p>
<ul class="paths">
${errorRows().join('\n')}
</ul>
</section>`
}

function operationSection(method: string, path: string, operation: OpenApiOperation): string {
  const { operationId, description, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']
  return `<section aria-labelledby="${operationId}">
<h2 id="${operationId}"><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
${description
  .split('\n\n')
  .map((text) => `<p>${prose(text)}</p>`)
  .join('\n')}
${parameters.length > 0 ? `<ul class="paths">${parameters.map(parameterRow).join('\n')}</ul>` : ''}
${body ? details('Body', body.schema, body.example) : ''}
${details('Answer', ...answerOf(responses['200']))}
</section>`
}

function parameterRow({ name, in: place, required, description }: OpenApiParameter): string {
  const said = `${place}${required ? ', required' : ''}. ${description}`
  return `<li><strong><code>${escapeHtml(name)}</code></strong> <span>${prose(said)}</span></li>`
}

function answerOf(response: JsonSchema | undefined): [schema: unknown, example: unknown] {
  const content = isObject(response?.content) ? response.content['application/json'] : undefined
  return isObject(content) ? [content.schema, content.example] : [{}, undefined]
}

function details(name: string, schema: unknown, example: unknown): string {
  return `<details><summary>${name}</summary>
<pre>${json(example)}</pre>
<details><summary>Schema</summary><pre>${json(schema)}</pre></details>
</details>`
}

function schemaBlock([name, schema]: [string, JsonSchema]): string {
  return `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary><pre>${json(schema)}</pre></details>`
}

function errorRows(): string[] {
  const refused = row('INPUT_REFUSED', 422, 'The members `errors` say what to mend in the input; nothing was done.')
  return [refused, ...Object.entries(errorCatalogue).map(([code, { status, meaning }]) => row(code, status, meaning))]
}

/** The `type` of a problem leads here. */
function row(code: string, status: number, meaning: string): string {
  return `<li id="${code}"><strong><code>${code}</code></strong> <span>${status}. ${prose(meaning)}</span></li>`
}

/** Descriptions have names of fields and values in backticks. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function json(value: unknown): string {
  return escapeHtml(JSON.stringify(value, null, 2) ?? '')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
