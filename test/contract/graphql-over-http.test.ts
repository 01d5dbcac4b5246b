import { type AuditResult, serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../support/world.ts'

const errorCodes = z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).optional() })

let world: World
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
})
afterAll(() => world.close())

describe('GraphQL over HTTP, by the audits of graphql-http', () => {
  const audits = serverAudits({ url: () => `${world.url}/graphql` })

  it('has 61 audits', () => {
    expect(new Set(audits.map(({ id }) => id)).size).toBe(61)
  })

  it.each(audits)('$id $name', async ({ fn }) => {
    expect(await outcome(fn)).toEqual({ status: 'ok' })
  })
})

describe('a response', () => {
  const json = 'application/json'
  const graphql = 'application/graphql-response+json'
  const stream = 'text/event-stream'

  it.each([
    [graphql, graphql],
    [json, json],
    ['*/*', json],
    ['application/*', json],
    ['', json],
    ['APPLICATION/JSON', json],
    [`${graphql}, ${json}`, graphql],
    [`${json}, ${graphql}`, json],
    [`*/*, ${graphql}`, graphql],
    [`${graphql}, ${json};q=0.9`, graphql],
    [`${json};q=0.9, ${graphql}`, graphql],
    [`${json};q=0.1, ${graphql};q=0.2, */*;q=0.9`, graphql],
    [`${json};q=0, */*`, graphql],
    [`${json}; charset="utf-8"`, json],
    [`${json}; charset=utf-16`, json],
    ['text/plain, multipart/mixed, text/event-stream, */*;q=0.1', json],
    ['text/event-stream', stream],
    ['text/*', stream],
    ['application/graphql+json', undefined],
    [`${json};q=0`, undefined],
    [`${json};q=0, ${graphql};q=0, */*`, stream],
    ['*/*;q=0', undefined],
    ['json', undefined],
  ])('to "Accept: %s" is %s', async (accept, expected) => {
    const response = await world.fetchGraphQL({ headers: { accept } }, '?query={__typename}')
    expect(response.headers.get('content-type')).toBe(`${expected ?? json}; charset=utf-8`)
    const code = expected ? undefined : 'NOT_ACCEPTABLE'
    const body = (await response.text()).replace(/^event: next\ndata: (.*)[\s\S]*$/, '$1')
    const { errors } = errorCodes.parse(JSON.parse(body))
    expect(errors?.map(({ extensions }) => extensions.code)[0]).toBe(code)
    expect(response.status).toBe(expected ? 200 : 406)
  })
})

async function outcome(audit: () => Promise<AuditResult>) {
  const result = await audit()
  if (result.status === 'ok') return { status: result.status }
  return { status: result.status, reason: result.reason, http: result.response.status }
}
