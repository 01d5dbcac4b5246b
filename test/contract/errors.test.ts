import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from '../../src/platform/errors.ts'
import type { World } from '../support/world.ts'
import { type ErrorCase, ErrorWorlds, errorCases, provoke } from './support/error-cases.ts'
import { expectNoLeak, physicalNames } from './support/leaks.ts'

const answer = z.object({
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

const codes = Object.keys(errorCatalogue).filter((code): code is keyof typeof errorCases =>
  Object.hasOwn(errorCases, code),
)
const cases = codes.flatMap((code) => errorCases[code].map((errorCase) => ({ code, when: errorCase.when, errorCase })))
const mediaTypes = ['application/graphql-response+json', 'application/json']

const worlds = new ErrorWorlds()
let world: World
let names: RegExp
beforeAll(async () => {
  world = await worlds.of()
  names = await physicalNames(world)
})
afterAll(() => worlds.close())

describe('an error', () => {
  it.each(cases)('is $code when $when, and reveals nothing internal', async ({ code, errorCase }) => {
    for (const asked of errorCase.once ? mediaTypes.map((type) => [type]) : [mediaTypes]) {
      await using served = await worlds.serve(errorCase)
      for (const accept of asked) await expectAnswer(served.world, code, errorCase, accept)
    }
  })

  it('has a request id that the client can choose', async () => {
    for (const { errorCase } of cases.filter(
      ({ errorCase }) => !errorCase.broken && !errorCase.env && !errorCase.prepare,
    )) {
      const headers = { ...errorCase.headers, 'x-request-id': 'of-the-client:1.0' }
      const response = await provoke(world, { ...errorCase, headers }, 'application/json')
      expect(response.headers.get('x-request-id')).toBe('of-the-client:1.0')
      const { errors } = answer.parse(await response.json())
      expect(errors[0]?.extensions.requestId).toBe('of-the-client:1.0')
    }
  })
})

async function expectAnswer(served: World, code: ErrorCode, errorCase: ErrorCase, accept: string): Promise<void> {
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
