import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { urlOf } from '../../src/platform/http/listener.ts'
import { hashOf } from '../../src/platform/trusted-documents/document-id.ts'
import { type Contender, customerOf, type Ground } from '../contender.ts'
import { dataFolder } from '../database.ts'
import { documents } from '../documents.ts'
import { sameApi } from '../same-api.ts'
import type { Issuer } from './issuer.ts'

/** Limits that a load from one address would reach at once. They stay on, and count. */
const outOfReach = {
  RATE_LIMIT_CAPACITY: '1000000000',
  RATE_LIMIT_RESTORE_PER_SECOND: '1000000000',
  RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '1000000000',
}

/** The same with cached responses and trusted documents: every GET after the first of its kind is a hit. */
export async function cached(ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  const { entry, ...same } = await frontdoor(ground, issuer, `${runKey}-cached`)
  const manifest = join(dataFolder, 'trusted-documents.json')
  await writeFile(manifest, JSON.stringify({ [hashOf(documents.get)]: documents.get }))
  const env = {
    ...entry.env,
    RESPONSE_CACHE_BYTES: '67108864',
    TRUSTED_DOCUMENTS: 'log',
    TRUSTED_DOCUMENTS_PATH: manifest,
  }
  return {
    ...same,
    name: 'cached',
    entry: { ...entry, env },
    shapes: ['get', 'product', 'list'],
    question: (shape) => {
      const question = same.question(shape)
      return shape === 'get' ? { ...question, get: { documentId: `sha256:${hashOf(documents.get)}` } } : question
    },
  }
}

/** Frontdoor in another checkout, whose packages are installed there. */
export async function base(ground: Ground, issuer: Issuer, runKey: string, root: string): Promise<Contender> {
  const { entry, ...same } = await frontdoor(ground, issuer, `${runKey}-base`)
  return { ...same, name: 'base', entry: { ...entry, root } }
}

/** The same with everything switched on that shows what it does: metrics, and traces of one request in a hundred. */
export async function traced(ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  const { entry, ...same } = await frontdoor(ground, issuer, `${runKey}-traced`)
  const collector = createServer((request, response) => {
    request.resume().once('end', () => response.end())
  })
  collector.listen(0, '127.0.0.1').unref()
  await once(collector, 'listening')
  const env = {
    ...entry.env,
    METRICS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector, '127.0.0.1'),
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  }
  return { ...same, name: 'traced', entry: { ...entry, env } }
}

/** Frontdoor as shipped, in production mode with everything switched on, and an administrator as viewer. */
export async function frontdoor(ground: Ground, issuer: Issuer, runKey: string): Promise<Contender> {
  const api = sameApi(ground, `${runKey}-frontdoor`, encodeId)
  const { customerIds } = ground.sample
  const tokens = new Map(
    await Promise.all(
      customerIds.map(async (id) => [id, `Bearer ${await issuer.customerToken(encodeId('Customer', id))}`] as const),
    ),
  )
  return {
    name: 'frontdoor',
    entry: {
      file: 'src/main.ts',
      env: {
        ...issuer.env,
        ...outOfReach,
        DATABASE_URL: ground.database.url,
        DATABASE_POOL_SIZE: String(ground.poolSize),
        CURSOR_SECRET: randomBytes(32).toString('hex'),
      },
    },
    headers: { authorization: `Bearer ${await issuer.token(['admin'])}` },
    ...api,
    question: (shape) => {
      const question = api.question(shape)
      if (shape === 'get') return { ...question, get: { query: question.document } }
      if (shape !== 'own') return question
      return { ...question, authorization: (turn) => tokens.get(customerOf(turn, ground.sample)) ?? '' }
    },
  }
}
