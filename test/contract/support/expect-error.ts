import { expect } from 'vitest'
import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from '../../../src/platform/errors.ts'
import type { World } from '../../support/world.ts'
import { type ErrorCase, provoke } from './error-cases.ts'
import { expectNoLeak } from './leaks.ts'

export const answer = z.object({
  data: z.unknown().optional(),
  errors: z.array(
    z.object({
      message: z.string().min(1),
      extensions: z.strictObject({
        code: z.string(),
        requestId: z.string(),
        maximum: z.number().optional(),
        retryAfterSeconds: z.number().optional(),
        throttle: z.object({ maximum: z.number(), available: z.number(), restoreRate: z.number() }).optional(),
      }),
    }),
  ),
})

interface Expected {
  code: ErrorCode
  errorCase: ErrorCase
  accept: string
}

/** The response has this code only, the status of it, and reveals nothing internal. */
export async function expectError(served: World, names: RegExp, { code, errorCase, accept }: Expected): Promise<void> {
  const response = await provoke(served, errorCase, accept)
  const text = await response.text()
  expectNoLeak(errorCase, `${text} ${JSON.stringify([...response.headers])}`, names)
  const { data, errors } = answer.parse(JSON.parse(text))
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set([code]))
  const requestId = response.headers.get('x-request-id')
  expect(errors.every(({ extensions }) => extensions.requestId === requestId)).toBe(true)
  expect({ partial: data !== undefined, status: response.status }).toEqual(expectedOf(code, errorCase, accept))
}

/** GraphQL over HTTP: a response with data is 200, and under application/json every GraphQL response is. */
function expectedOf(code: ErrorCode, { partial = false, http = false }: ErrorCase, accept: string) {
  const own = http || (!partial && accept === 'application/graphql-response+json')
  return { partial, status: own ? errorCatalogue[code].status : 200 }
}
