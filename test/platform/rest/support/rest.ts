import { z } from 'zod'
import type { World } from '../../../support/world.ts'

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z
    .array(
      z.object({
        code: z.string(),
        detail: z.string(),
        pointer: z.string().optional(),
        parameter: z.string().optional(),
      }),
    )
    .optional(),
})

export interface RestReply {
  status: number
  headers: Headers
  body: unknown
}

/** Calls an API below its path, as a viewer of the domain or with an API key. */
export function restCaller(world: World, apiPath: string, secret?: string) {
  return async (
    method: string,
    path: string,
    { body, headers = {}, as = 'anonymous' }: RestCall = {},
  ): Promise<RestReply> => {
    const credential: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` }
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await world.fetchAs(secret === undefined ? as : 'anonymous', `${apiPath}${path}`, {
      method,
      headers: { ...credential, ...json, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
  }
}

interface RestCall {
  body?: object | string
  headers?: Record<string, string>
  /** The viewer, where no API key calls. */
  as?: string
}

/** `422 INPUT_REFUSED`, with the code and place of each fault. */
export function refusalIn({ status, headers, body }: RestReply): string[] {
  const { code, errors = [] } = problem.parse(body)
  if (headers.get('content-type') !== 'application/problem+json; charset=utf-8') throw new Error('it is no problem')
  return [`${status} ${code}`, ...errors.map(({ code: each, pointer, parameter }) => `${each} ${pointer ?? parameter}`)]
}
