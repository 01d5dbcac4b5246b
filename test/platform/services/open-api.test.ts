import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { RemoteSource } from '../../../src/platform/context.ts'
import { codeOf } from '../../../src/platform/errors.ts'
import { openApiOperation } from '../../../src/platform/services/open-api.ts'
import { openService } from './support/service.ts'

const weather: RemoteSource = { name: 'weather', about: 'the weather service', timeoutMs: 5000, parallel: 5 }

/** Nullable values are written in two ways. */
const documentOf = (openapi: string, nullableText: object) => ({
  openapi,
  info: { title: 'Weather', version: '1' },
  paths: {
    '/cities/{city}/forecast': {
      get: {
        operationId: 'findForecast',
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Forecast' } } } },
          404: { description: 'no such city' },
        },
      },
      delete: { operationId: 'forget', responses: {} },
    },
  },
  components: {
    schemas: {
      Forecast: {
        type: 'object',
        required: ['degrees', 'note', 'wind'],
        properties: {
          degrees: { type: 'number', minimum: -90 },
          note: nullableText,
          wind: { $ref: '#/components/schemas/Wind' },
        },
      },
      Wind: { type: 'string', enum: ['CALM', 'STORM'] },
    },
  },
})
const documents: [string, object][] = [
  ['3.0.3', documentOf('3.0.3', { type: 'string', nullable: true })],
  ['3.1.0', documentOf('3.1.0', { type: ['string', 'null'] })],
]

describe.each(documents)('an operation of an OpenAPI document %s', (_version, document) => {
  const { method, pathWith, answer } = openApiOperation(document, 'findForecast')
  const call = {
    method,
    path: pathWith({ city: 'São Paulo/Sé' }),
    answer: answer.pipe(z.object({ degrees: z.number() })),
  }

  it('is called, and its answer has a type', async () => {
    await using service = await openService(weather, () => ({ text: '{"degrees":7,"note":null,"wind":"CALM"}' }))
    expect(await service.request().call(weather, call)).toEqual({ degrees: 7 })
    expect(service.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /base/cities/S%C3%A3o%20Paulo%2FS%C3%A9/forecast',
    ])
  })

  it.each([
    '{"degrees":-91,"note":null,"wind":"CALM"}',
    '{"degrees":7,"wind":"CALM"}',
    '{"degrees":7,"note":"","wind":"?"}',
  ])('refuses %s, which the document does not allow', async (text) => {
    await using service = await openService(weather, () => ({ text }))
    const error: unknown = await service
      .request()
      .call(weather, call)
      .catch((thrown: unknown) => thrown)
    expect(codeOf(error)).toBe('UPSTREAM_INVALID')
  })

  it('must be there, with GET or POST, and gets all its parameters', () => {
    for (const name of ['forget', 'missing'])
      expect(() => openApiOperation(document, name)).toThrow(
        `the OpenAPI document has no operation ${name} of GET or POST`,
      )
    expect(() => pathWith()).toThrow('the path /cities/{city}/forecast needs city')
  })
})
