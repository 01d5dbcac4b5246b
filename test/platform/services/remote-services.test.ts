import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, parseConfig } from '../../../src/platform/config/config.ts'
import type { RemoteCall, RemoteSource, RemoteValues } from '../../../src/platform/context.ts'
import { codeOf } from '../../../src/platform/errors.ts'
import { openService } from './support/service.ts'

const weather: RemoteSource = { name: 'weather', about: 'the weather service', timeoutMs: 5000, parallel: 5 }
const passing: RemoteSource = { ...weather, passesOn: ['authorization', 'accept-language'] }
const forecast = z.object({ city: z.string(), degrees: z.number() })
type Forecast = z.infer<typeof forecast>

const call: RemoteCall<number> = { method: 'GET', path: ['degrees'], answer: z.number() }

function forecastsOf(source: RemoteSource): RemoteValues<Forecast> {
  return {
    source,
    atOnce: 3,
    many: (cities) => ({
      method: 'GET',
      path: ['forecasts'],
      query: { cities: cities.join() },
      answer: z.array(forecast).transform((all) => new Map(all.map((each) => [each.city, each]))),
    }),
  }
}

/** Knows every city but Atlantis, and tells of one that nobody asked for. */
const forecasts =
  (headers: Record<string, string> = {}) =>
  (path: string) => {
    const cities = new URL(path, 'http://service').searchParams.get('cities')?.split(',') ?? []
    const known = [...cities.filter((city) => city !== 'Atlantis'), 'Elsewhere']
    return { headers, text: JSON.stringify(known.map((city) => ({ city, degrees: city.length }))) }
  }

describe('the values of a service', () => {
  it('come in calls of as many keys as it takes, null for what it does not have, and nothing that was not asked for', async () => {
    await using service = await openService(weather, forecasts())
    const values = await service.request().values(forecastsOf(weather), ['A', 'BB', 'CCC', 'Atlantis', 'EEEEE'])
    expect([...values]).toEqual([
      ['A', { city: 'A', degrees: 1 }],
      ['BB', { city: 'BB', degrees: 2 }],
      ['CCC', { city: 'CCC', degrees: 3 }],
      ['Atlantis', null],
      ['EEEEE', { city: 'EEEEE', degrees: 5 }],
    ])
    expect(service.asked.map(({ path }) => path).sort()).toEqual([
      '/base/forecasts?cities=A%2CBB%2CCCC',
      '/base/forecasts?cities=Atlantis%2CEEEEE',
    ])
  })

  it.each([
    ['max-age=60', 1],
    ['public, max-age=0, s-maxage="60"', 1],
    ['max-age=60, s-maxage=0', 2],
    ['private, max-age=60', 2],
    ['no-store', 2],
    ['max-age=60, no-cache', 2],
    ['max-age=x', 2],
    ['max-age=-1', 2],
  ])('are kept between requests as "%s" says: %i call(s) for two', async (cacheControl, calls) => {
    await using service = await openService(weather, forecasts({ 'cache-control': cacheControl }))
    const values = forecastsOf(weather)
    for (const keys of [
      ['A', 'Atlantis'],
      ['A', 'Atlantis'],
    ])
      await service.request().values(values, keys)
    expect(service.asked).toHaveLength(calls)
  })

  it('are not kept where the answer is old already, or differs by anything', async () => {
    for (const [name, value] of [
      ['age', '60'],
      ['vary', '*'],
    ] as const) {
      await using service = await openService(weather, forecasts({ 'cache-control': 'max-age=60', [name]: value }))
      const values = forecastsOf(weather)
      for (const keys of [['A'], ['A']]) await service.request().values(values, keys)
      expect(service.asked).toHaveLength(2)
    }
  })

  it('are asked for again once they are forgotten', async () => {
    await using service = await openService(weather, forecasts({ 'cache-control': 'max-age=60' }))
    const values = forecastsOf(weather)
    await service.request().values(values, ['A', 'BB'])
    service.request().forget(values, 'A')
    await service.request().values(values, ['A', 'BB'])
    expect(service.asked.map(({ path }) => path)).toEqual(['/base/forecasts?cities=A%2CBB', '/base/forecasts?cities=A'])
  })

  it('are asked for by each request where the service sees headers of the client', async () => {
    await using service = await openService(passing, forecasts({ 'cache-control': 'max-age=60' }))
    const values = forecastsOf(passing)
    for (const authorization of ['Bearer of-one', 'Bearer of-another'])
      await service.request({ authorization, cookie: 'a=b' }).values(values, ['A'])
    expect(service.asked.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
      ['Bearer of-one', undefined],
      ['Bearer of-another', undefined],
    ])
  })
})

describe('a call', () => {
  it('has the credential of the server, unless the one of the client is passed on', async () => {
    await using service = await openService(passing, () => ({ text: '1' }), { WEATHER_TOKEN: 'of-the-server' })
    await service.request().call(passing, call)
    await service.request({ authorization: 'Bearer of-the-client' }).call(passing, call)
    expect(service.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer of-the-server',
      'Bearer of-the-client',
    ])
  })

  it('passes on a traceparent that has the form of one, and no other', async () => {
    await using service = await openService(weather, () => ({ text: '1' }))
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    for (const sent of [traceparent, 'x', `${traceparent}-more`])
      await service.request({ traceparent: sent }).call(weather, call)
    expect(service.asked.map(({ headers }) => headers.traceparent)).toEqual([traceparent, undefined, undefined])
  })

  it.each([
    ['a body of 1 MiB and one byte', { text: ' '.repeat(1024 * 1024) + 1 }, 'UPSTREAM_INVALID'],
    ['an answer of another type', { text: '"1"' }, 'UPSTREAM_INVALID'],
    ['an empty answer', { text: '' }, 'UPSTREAM_INVALID'],
    ['a compressed answer', { text: '\u001f\u008b', headers: { 'content-encoding': 'gzip' } }, 'UPSTREAM_INVALID'],
    ['403', { status: 403, text: '1' }, 'UPSTREAM_INVALID'],
    ['404', { status: 404, text: '1' }, 'UPSTREAM_INVALID'],
    ['429', { status: 429, text: '1' }, 'UPSTREAM_UNAVAILABLE'],
    ['503', { status: 503, text: '1' }, 'UPSTREAM_UNAVAILABLE'],
  ])('that gets %s fails', async (_what, reply, code) => {
    await using service = await openService(weather, () => reply)
    const error: unknown = await service
      .request()
      .call(weather, call)
      .catch((thrown: unknown) => thrown)
    expect(codeOf(error)).toBe(code)
  })

  it.each([
    [3, '500', { status: 500, text: '' }],
    [3, '503', { status: 503, text: '' }],
    [1, '503 with Retry-After', { status: 503, text: '', headers: { 'retry-after': '1' } }],
    [1, '429', { status: 429, text: '' }],
    [1, '400', { status: 400, text: '' }],
    [1, 'no JSON', { text: '<p>' }],
  ])('is tried %i time(s) where it gets %s', async (attempts, _what, reply) => {
    await using service = await openService(weather, () => reply)
    await expect(service.request().call(weather, call)).rejects.toThrow('The service behind this field')
    expect(service.asked).toHaveLength(attempts)
  })

  it('accepts a body of 1 MiB, and 404 where that has a meaning', async () => {
    await using service = await openService(weather, (path) =>
      path.endsWith('nothing') ? { status: 404, text: '' } : { text: `${' '.repeat(1024 * 1024 - 1)}1` },
    )
    expect(await service.request().call(weather, call)).toBe(1)
    expect(await service.request().call(weather, { ...call, path: ['nothing'], absent: -1 })).toBe(-1)
  })
})

describe('the settings of a source', () => {
  it('are read with those of the server, with errors that name them and not their values', () => {
    const sources = parseConfig({ WEATHER_URL: 'http://h/x', WEATHER_TIMEOUT_MS: '7' }, [weather]).remote.sources
    expect(sources).toEqual({ weather: { url: 'http://h/x', token: undefined, timeoutMs: 7 } })
    expect(parseConfig({}, [weather]).remote.sources).toMatchObject({ weather: { url: undefined, timeoutMs: 5000 } })
    for (const url of ['ftp://canary', 'canary', 'http://u:canary@h', 'http://h/?canary', 'http://h/#canary'])
      expect(errorOf({ WEATHER_URL: url })).toMatch(
        /^The environment has \d error\(s\):\n {2}- WEATHER_URL: (?!.*canary)/,
      )
    expect(errorOf({ WEATHER_TIMEOUT_MS: '0' })).toContain('WEATHER_TIMEOUT_MS: must be a whole number from 1 to 60000')
  })
})

function errorOf(env: Record<string, string>): string {
  try {
    parseConfig(env, [weather])
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}
