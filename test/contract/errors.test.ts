import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCatalogue } from '../../src/platform/errors.ts'
import type { World } from '../support/world.ts'
import { ErrorWorlds, errorCases, provoke } from './support/error-cases.ts'
import { answer, expectError } from './support/expect-error.ts'
import { physicalNames } from './support/leaks.ts'

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
      for (const accept of asked) await expectError(served.world, names, { code, errorCase, accept })
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
