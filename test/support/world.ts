import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { pino } from 'pino'
import { inject, type ProvidedContext } from 'vitest'
import { z } from 'zod'
import { openApp } from '../../src/app.ts'
import { PrismaClient } from '../../src/generated/prisma/client.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import type { DatabaseUrls } from '../../src/platform/database/urls.ts'
import type { DemoClaims, Site } from '../../src/platform/domain.ts'
import { redactRequestInput } from '../../src/platform/execution/request-scope.ts'
import { logRedaction } from '../../src/platform/privacy/log-redaction.ts'
import { domain } from '../../src/schema.ts'
import { Canary } from './canary.ts'
import { cloneDatabase, onServer, type Template } from './database-server.ts'

export interface Statement {
  sql: string
  args: readonly unknown[]
  rows: number
}

const cost = z.object({
  requested: z.number(),
  actual: z.number(),
  maximum: z.number(),
  throttle: z.object({ maximum: z.number(), available: z.number(), restoreRate: z.number() }),
})
/** A GraphQL response. */
export const answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.looseObject({ code: z.string(), requestId: z.string() }),
      }),
    )
    .optional(),
  extensions: z.looseObject({ cost: cost.optional() }).optional(),
})

export type Answer = z.infer<typeof answer>

/** Viewers of every domain: all of them have the role `admin`, and staff without a role. */
export const viewersOfAll = {
  admin: domain.demo?.ofRole('admin') ?? { sub: 'admin', kind: 'staff', roles: ['admin'] },
  nobody: { sub: 'nobody', kind: 'staff', roles: [] },
}
const claimsByViewer: ReadonlyMap<string, DemoClaims> = new Map(Object.entries(viewersOfAll))

/** Tests send much in a short time. Tests of the limits set them lower. */
const generous = {
  RATE_LIMIT_CAPACITY: '1000000000',
  RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
  MAX_REFUSED_CREDENTIALS: '1000000',
  QUEUE_TIMEOUT_MS: '60000',
}

/** A server of its own on a database of its own, called over HTTP as a client would. */
export type World = Awaited<ReturnType<typeof createWorld>>

interface WorldOptions {
  data?: Template
  env?: Record<string, string>
  /** Adds tables and rows before the server starts. */
  prepare?: (urls: DatabaseUrls) => Promise<void>
  /** The PostgreSQL of its database; by default the one of the run. */
  server?: ProvidedContext['server']
  /** Its replicas, as URLs of this database. */
  replicaUrlsOf?: (url: string) => string[]
  /** Where the server connects to, by default to its database: through a pooler, for instance. */
  route?: (url: string) => Promise<string>
  /** Replaces parts of the domain's site, which may not be built here. */
  site?: Partial<Site>
}

export async function createWorld({
  data = 'demo',
  env = {},
  prepare,
  server = inject('server'),
  replicaUrlsOf,
  route,
  site: ownSite,
}: WorldOptions = {}) {
  const { name, url: serverDatabaseUrl, ownerUrl } = await cloneDatabase(server, data)
  await prepare?.({ url: serverDatabaseUrl, ownerUrl })
  const routedUrl = (await route?.(serverDatabaseUrl)) ?? serverDatabaseUrl
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-world-'))
  const replicated = replicaUrlsOf && {
    DATABASE_URL: serverDatabaseUrl,
    DATABASE_REPLICA_URLS: replicaUrlsOf(serverDatabaseUrl).join(),
  }
  const routed = route && { DATABASE_URL: routedUrl }
  const config = parseConfig(
    { NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, ...generous, ...replicated, ...routed, ...env },
    domain.remoteSources,
  )
  const canary = await Canary.onCopyOf(data, ownerUrl)
  const site = domain.site && { ...domain.site, ...ownSite }
  const openServer = async () => {
    const logLines: string[] = []
    const write = (line: string) => {
      logLines.push(line)
      canary.sees('a line of the log', line)
    }
    const log = pino({ level: 'info', ...logRedaction(redactRequestInput) }, { write })
    const door = await openApp(config, routedUrl, log, { domain: { ...domain, site } })
    return { door, logLines }
  }
  const { door, logLines } = await openServer()
  let ownerClient: PrismaClient | undefined
  const statements: Statement[] = []
  door.database.onStatement((statement) => statements.push(statement))

  await canary.guards(config)

  const tokens = new Map<string, Promise<string>>()
  const newTokenFor = (viewer: string) => {
    const [kind = '', code] = viewer.split(' ')
    const { byCode, viewers } = domain.demo ?? { viewers: [] }
    const claims =
      claimsByViewer.get(viewer) ??
      (kind === byCode?.kind && code ? byCode.claimsOf(code) : viewers.find(({ name }) => name === viewer)?.claims)
    if (!claims) throw new Error(`no demo viewer ${viewer}`)
    return developmentToken(dataDir, config.auth, claims).then((token) => canary.guardsToken(token))
  }
  /** One token an hour for each viewer, as clients reuse theirs: a credential seen before is a known one. */
  const tokenFor = (viewer: string) => {
    const kept = `${viewer} ${Math.floor(Date.now() / 3_600_000)}`
    const token = tokens.get(kept) ?? newTokenFor(viewer)
    tokens.set(kept, token)
    return token
  }
  const fetchFrom = async (url: string, init: RequestInit = {}, search = '') => {
    canary.guardsHeaders(init.headers)
    return canary.seesAnswer(await fetch(`${url}/graphql${search}`, init))
  }
  const viewersOf = (url: string) => (viewer: string) => ({
    query: async (query: string, variables: Record<string, unknown> = {}) => {
      const credential: Record<string, string> =
        viewer === 'anonymous' ? {} : { authorization: `Bearer ${await tokenFor(viewer)}` }
      const response = await fetchFrom(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...credential },
        body: JSON.stringify({ query, variables }),
      })
      return answer.parse(await response.json())
    },
  })

  return {
    url: door.url,
    metricsUrl: door.metricsUrl,
    config,
    /** The database itself, as its owner: to look and to write behind the API. */
    get client() {
      ownerClient ??= new PrismaClient({ adapter: new PrismaPg({ connectionString: ownerUrl }) })
      return ownerClient
    },
    /** The rows of a statement that the owner runs. */
    async rowsOf<T>(sql: string, row: z.ZodType<T>): Promise<T[]> {
      return z.array(row).parse(await this.client.$queryRawUnsafe(sql))
    },
    databaseUrl: ownerUrl,
    /** The server's own database, as the restricted server role. */
    database: door.database,
    serverDatabaseUrl,
    metrics: door.metrics,
    /** Every statement since the start; `statementsOf` returns those of one call. */
    statements,
    logLines,
    audit: door.audit,
    usage: door.usage,
    cache: door.cache,
    feed: door.feed,
    exports: door.exports,
    retention: door.retention,
    /** The audit trail in the order of writing, once every waiting entry is written. */
    audited: async () => {
      // A broken connection is noticed on its next use.
      if (!(await door.audit.flush())) await door.audit.flush()
      return door.database.client.auditEvent.findMany({ orderBy: { position: 'asc' } })
    },
    tokenFor,
    /** A request to a route beside the endpoint, as this viewer. */
    fetchAs: async (viewer: string, path: string, { headers, ...init }: RequestInit = {}) => {
      const credential: Record<string, string> =
        viewer === 'anonymous' ? {} : { authorization: `Bearer ${await tokenFor(viewer)}` }
      canary.guardsHeaders(headers)
      return fetch(`${door.url}${path}`, {
        ...init,
        headers: { ...credential, ...Object.fromEntries(new Headers(headers)) },
      })
    },
    fetchGraphQL: (init?: RequestInit, search?: string) => fetchFrom(door.url, init, search),
    /** Another server on the same database, with the same settings. */
    openReplica: async () => {
      const { door, logLines } = await openServer()
      return { url: door.url, as: viewersOf(door.url), logLines, close: door.close }
    },
    /** `as('admin')`, `as('nobody')`, `as('anonymous')`, or a viewer of the domain's demo. */
    as: viewersOf(door.url),
    statementsOf: async (call: () => Promise<unknown>): Promise<Statement[]> => {
      const before = statements.length
      await call()
      return statements.slice(before)
    },
    close: async () => {
      await door.close()
      await canary.seesWhatIsKept()
      await ownerClient?.$disconnect()
      await onServer(server.url, `drop database if exists ${name} with (force)`)
      await rm(dataDir, { recursive: true, force: true })
      canary.mustHaveSeenNothing()
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
  }
}

/** The data of a response without errors, parsed in the form that the test reads. */
export function dataOf<T>(answered: Answer, shape: z.ZodType<T>): T {
  if (answered.errors) throw new Error(`unexpected errors: ${JSON.stringify(answered.errors)}`)
  return shape.parse(answered.data)
}

export function codesOf(answered: Answer): string[] {
  return (answered.errors ?? []).map(({ extensions }) => extensions.code)
}
