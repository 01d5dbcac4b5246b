import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from '../../src/platform/errors.ts'
import type { World } from '../support/world.ts'
import { type Fault, FaultWorlds, faults, provoke } from './support/faults.ts'
import { expectNothingInside, physicalNames } from './support/inside.ts'

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

const codes = Object.keys(errorCatalogue).filter((code): code is ErrorCode => Object.hasOwn(errorCatalogue, code))
const cases = codes.flatMap((code) => faults[code].map((fault) => ({ code, when: fault.when, fault })))
const mediaTypes = ['application/graphql-response+json', 'application/json']

const worlds = new FaultWorlds()
let world: World
let names: RegExp
beforeAll(async () => {
  world = await worlds.of()
  names = await physicalNames(world)
})
afterAll(() => worlds.close())

describe('an error', () => {
  it.each(cases)('is $code when $when, and reveals nothing internal', async ({ code, fault }) => {
    for (const asked of fault.once ? mediaTypes.map((type) => [type]) : [mediaTypes]) {
      await using served = await worlds.serve(fault)
      for (const accept of asked) await expectAnswer(served.world, code, fault, accept)
    }
  })

  it('has a request id that the client can choose', async () => {
    for (const { fault } of cases.filter(({ fault }) => !fault.broken && !fault.env)) {
      const headers = { ...fault.headers, 'x-request-id': 'of-the-client:1.0' }
      const response = await provoke(world, { ...fault, headers }, 'application/json')
      expect(response.headers.get('x-request-id')).toBe('of-the-client:1.0')
      const { errors } = answer.parse(await response.json())
      expect(errors[0]?.extensions.requestId).toBe('of-the-client:1.0')
    }
  })
})

async function expectAnswer(served: World, code: ErrorCode, fault: Fault, accept: string): Promise<void> {
  const response = await provoke(served, fault, accept)
  const text = await response.text()
  expectNothingInside(fault, `${text} ${JSON.stringify([...response.headers])}`, names)
  const { data, errors } = answer.parse(JSON.parse(text))
  expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set([code]))
  const requestId = response.headers.get('x-request-id')
  expect(errors.every(({ extensions }) => extensions.requestId === requestId)).toBe(true)
  expect({ partial: data !== undefined, status: response.status }).toEqual(expectedOf(code, fault, accept))
}

/** GraphQL over HTTP: a response with data is 200, and under application/json every GraphQL response is. */
function expectedOf(code: ErrorCode, { partial = false, http = false }: Fault, accept: string) {
  const own = http || (!partial && accept === 'application/graphql-response+json')
  return { partial, status: own ? errorCatalogue[code].status : 200 }
}
