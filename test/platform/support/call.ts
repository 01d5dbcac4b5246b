import http from 'node:http'
import { z } from 'zod'

/** Sends one HTTP request exactly as given, on a connection of its own. */
export interface Call {
  method?: string
  path?: string
  headers?: http.OutgoingHttpHeaders
  /** Several parts are sent as chunks. */
  body?: string | Buffer | readonly (string | Buffer)[]
}

export interface Reply {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
  /** The body as it came. */
  bytes: Buffer
}

const errors = z.object({
  errors: z.array(
    z.object({
      message: z.string(),
      extensions: z.looseObject({ code: z.string(), requestId: z.string() }),
    }),
  ),
})

export const json = { 'content-type': 'application/json' }

/** With this media type the status tells the outcome too. */
export const graphql = { ...json, accept: 'application/graphql-response+json' }

export function call(url: string, { method = 'POST', path = '/graphql', headers = {}, body }: Call): Promise<Reply> {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(url)
    const request = http.request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        done({ status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString(), bytes })
      })
    })
    request.on('error', fail)
    if (typeof body === 'string' || Buffer.isBuffer(body)) request.setHeader('content-length', Buffer.byteLength(body))
    for (const piece of typeof body === 'string' || Buffer.isBuffer(body) ? [body] : (body ?? [])) request.write(piece)
    request.end()
  })
}

/** Sends a GraphQL request by POST, with a media type whose status tells the outcome. */
export function post(url: string, request: object, headers: http.OutgoingHttpHeaders = {}): Promise<Reply> {
  return call(url, { headers: { ...graphql, ...headers }, body: JSON.stringify(request) })
}

/** `400 BAD_USER_INPUT`: the status, and the code of each error. */
export function outcome({ status, text }: Reply): string {
  const parsed = errors.safeParse(JSON.parse(text))
  return [status, ...(parsed.success ? parsed.data.errors.map(({ extensions }) => extensions.code) : [])].join(' ')
}

export function dataIn({ text }: Reply): unknown {
  return z.object({ data: z.unknown() }).parse(JSON.parse(text)).data
}

export function messages({ text }: Reply): string[] {
  return errors.parse(JSON.parse(text)).errors.map(({ message }) => message)
}
