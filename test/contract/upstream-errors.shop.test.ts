import { afterAll, beforeAll, describe, it } from 'vitest'
import { startCarrier } from '../../examples/services/carrier.ts'
import { type ErrorCase, ErrorWorlds } from './support/error-cases.ts'
import { expectError } from './support/expect-error.ts'
import { physicalNames } from './support/leaks.ts'

const query = '{ order(number: 10643) { tracking { number } } }'
const mediaTypes = ['application/graphql-response+json', 'application/json']
const closedPort = 'http://127.0.0.1:9'

const worlds = new ErrorWorlds()
let carrier: Awaited<ReturnType<typeof startCarrier>>
beforeAll(async () => {
  carrier = await startCarrier()
})
afterAll(async () => {
  await worlds.close()
  await carrier.close()
})

describe('an error of another service', () => {
  const cases = [
    { code: 'UPSTREAM_UNAVAILABLE', when: 'it has no URL', envOf: () => ({}) },
    { code: 'UPSTREAM_UNAVAILABLE', when: 'nothing listens there', envOf: () => ({ CARRIER_URL: closedPort }) },
    { code: 'UPSTREAM_INVALID', when: 'it answers with a page', envOf: () => ({ CARRIER_URL: carrier.url }) },
  ] as const

  it.each(cases)('is $code when $when, and reveals nothing internal', async ({ code, when, envOf }) => {
    carrier.breakWith({ garbage: 'page' })
    const errorCase: ErrorCase = { when, partial: true, viewer: 'admin', query, env: envOf() }
    await using served = await worlds.serve(errorCase)
    const names = await physicalNames(served.world)
    for (const accept of mediaTypes) await expectError(served.world, names, { code, errorCase, accept })
  })
})
