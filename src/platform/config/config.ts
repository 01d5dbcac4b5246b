import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { providerSettings, providersFromText } from './provider-settings.ts'
import { transportOf, transportSettings } from './transport-settings.ts'
import { wholeNumber } from './whole-number.ts'

type Environment = Record<string, string | undefined>

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
/** Origins as browsers send them. Another spelling, a path or `*` would silently match no page. */
const origins = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .refine((items) => items.every(isOrigin), {
    error:
      'must be origins such as https://app.example or http://localhost:5173: scheme, host and port in lower case, ' +
      'without a path, a "/" at the end or "*"',
  })
const count = wholeNumber(1)
const rate = z.coerce.number('must be a number above 0').positive('must be a number above 0')
const port = wholeNumber(0, 65_535)
const url = z.url({ protocol: /^https?$/ })

/**
 * Every variable that the server reads. `npm run docs` writes docs/settings.md from this: `describe` is the text, and
 * `meta.default` the default where it depends on the mode.
 */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('The mode: `development`, `test` or `production`.'),
  HOST: z
    .string()
    .min(1)
    .optional()
    .describe('The address to listen on.')
    .meta({ default: '`127.0.0.1`; in production `0.0.0.0`' }),
  PORT: port.default(4000).describe('The port to listen on; `0` takes a free one.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The PostgreSQL database (14 to 18), with the server role. Required in production.')
    .meta({ default: 'the embedded database' }),
  MIGRATE_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The same database with the owner role: migrations and seeding use it.')
    .meta({ default: '`DATABASE_URL`: less safe, since the server can then change and drop tables' }),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000).default(20).describe('The maximum number of connections of one process.'),
  DATABASE_POOL_WAIT_MS: count.default(5000).describe('How long a request waits for a connection, in milliseconds.'),
  DATABASE_STATEMENT_TIMEOUT_MS: count.default(10_000).describe('How long one statement may run, in milliseconds.'),
  MIGRATE_ON_START: flag
    .optional()
    .describe('Apply missing migrations before listening.')
    .meta({ default: '`true` for the embedded database, else `false`' }),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('The folder of the embedded database and of the development keys.'),
  AUTH_JWKS_URL: url
    .optional()
    .describe(
      'The URL of the key set (JWKS) that signs tokens. Required in production, unless `AUTH_PROVIDERS` is set.',
    )
    .meta({ default: 'a key pair made in `DATA_DIR`' }),
  AUTH_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('The `iss` that a token must have. Required in production, unless `AUTH_PROVIDERS` is set.')
    .meta({ default: '`urn:frontdoor:development`' }),
  AUTH_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('The `aud` that a token must have. Required in production, unless `AUTH_PROVIDERS` is set.')
    .meta({ default: '`frontdoor`' }),
  AUTH_PROVIDERS: providersFromText
    .optional()
    .describe(
      'Any number of OpenID Connect providers, in place of the three settings above: a JSON array, or the path of a ' +
        'file with one. Each has `issuer` and `audience`, and optionally `jwksUrl`, `algorithms`, ' +
        '`clockToleranceSeconds`, `tokenType`, `claims`, `roleNames` and `idPrefix`; see ' +
        '[provider-settings.ts](../src/platform/config/provider-settings.ts).',
    )
    .meta({ default: 'none' }),
  CURSOR_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe(
      'The secret that authenticates cursors: at least 32 characters, the same on every replica. Required in production.',
    )
    .meta({ default: 'made once, in `DATA_DIR`' }),
  CORS_ORIGINS: origins
    .default([])
    .describe('Origins whose pages may call the API, separated by commas.')
    .meta({ default: 'none' }),
  INTROSPECTION: flag
    .optional()
    .describe('Execute introspection queries, and serve the schema at `/schema.graphql`.')
    .meta({ default: '`true`; in production `false`' }),
  GRAPHIQL: z
    .union([flag, z.literal('signed-in')], { error: 'must be true, false or signed-in' })
    .optional()
    .describe(
      'Serve GraphiQL to browsers at `/graphql`: `true`, `false` or `signed-in`. With `signed-in` the page sends ' +
        'nothing before the user enters a token or API key, and keeps that in memory only.',
    )
    .meta({ default: '`true`; in production `false`' }),
  LANDING_PAGE: flag
    .optional()
    .describe(
      'Serve a start page at `/` that lists what runs here. In production it only says that an API does, with links.',
    )
    .meta({ default: '`true`; in production `false`' }),
  SITE: flag
    .optional()
    .describe('Serve the web application of the domain, if it is built.')
    .meta({ default: '`true`; in production `false`' }),
  TRUSTED_DOCUMENTS: z
    .enum(['off', 'log', 'enforce'])
    .default('off')
    .describe(
      'Documents that no manifest has are executed (`off`), executed and logged (`log`), or refused (`enforce`).',
    ),
  TRUSTED_DOCUMENTS_PATH: z
    .string()
    .min(1)
    .optional()
    .describe('The manifest of trusted documents, or a folder of manifests. Required by `TRUSTED_DOCUMENTS=enforce`.'),
  ...transportSettings,
  MAX_BODY_BYTES: count.default(262_144).describe('The maximum size of a request body, in bytes.'),
  MAX_TOKENS: count.default(2000).describe('The maximum number of tokens in a document.'),
  MAX_DEPTH: count.default(12).describe('The maximum depth of a document.'),
  MAX_ALIASES: count.default(30).describe('The maximum number of aliases in a document.'),
  MAX_DIRECTIVES: count.default(30).describe('The maximum number of directives in a document.'),
  MAX_COST: count.default(5000).describe('The maximum cost of one operation; see `extensions.cost`.'),
  MAX_MUTATIONS: count.default(10).describe('The maximum number of mutations in one request.'),
  MAX_REFUSED_CREDENTIALS: count
    .default(10)
    .describe(
      'After this many refused credentials from one address in a minute, new ones from it are not checked for a while.',
    ),
  RATE_LIMIT_CAPACITY: count
    .default(50_000)
    .describe('The size of a viewer’s bucket: the most points of cost that the viewer can use at once.'),
  RATE_LIMIT_RESTORE_PER_SECOND: rate
    .default(500)
    .describe('How many points are put back into a viewer’s bucket each second.'),
  RATE_LIMIT_ANONYMOUS_CAPACITY: count
    .default(10_000)
    .describe(
      'The size of the bucket of an address without a credential; an IPv6 address counts by its first 64 bits.',
    ),
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: rate
    .default(100)
    .describe('How many points are put back into the bucket of an address each second.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('A Redis through which replicas share limits. Without it each replica counts for itself.'),
  SUSPICIOUS_DENIALS_PER_MINUTE: count
    .default(20)
    .describe(
      'A principal with this many denied operations in a minute is logged as suspicious. The setting also limits the ' +
        'look-ups in a minute that reveal whether another principal uses a value, such as an e-mail address.',
    ),
  SUSPICIOUS_PERSONAL_READS_PER_MINUTE: count
    .default(500)
    .describe('A principal that reads personal values of this many rows in a minute is logged as suspicious.'),
  RESPONSE_CACHE_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'The memory of one process for cached responses, in bytes; only public data is cached. `0` switches the cache off.',
    ),
  RESPONSE_MAX_AGE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .default(10)
    .describe(
      'The `max-age` of cached responses to a GET of a trusted document, in seconds; needs `RESPONSE_CACHE_BYTES`.',
    ),
  FIELD_USAGE: flag
    .default(true)
    .describe('Count the fields that each client asks for, by its name and version; see `npm run schema:usage`.'),
  METRICS_PORT: port
    .optional()
    .describe('The port of a second listener, which serves only `/metrics`; `0` takes a free one.')
    .meta({ default: 'none: metrics are not served' }),
  METRICS_HOST: z.string().min(1).default('127.0.0.1').describe('The address of the listener for metrics.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The lowest level that is logged.'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .optional()
    .describe('`json` is one JSON object a line, `pretty` is for people.')
    .meta({ default: '`pretty`; in production `json`' }),
  DRAIN_TIMEOUT_MS: count
    .default(10_000)
    .describe('How long a stopping server waits for the requests in flight, in milliseconds.'),
}

const environment = z.object(settings)
const oneIssuer = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const
/** Scripts of package.json that start a server; npm sets `npm_lifecycle_event` to the one it runs. */
const serverScripts: readonly (string | undefined)[] = ['start', 'storefront']
const requiredInProduction = ['DATABASE_URL', 'CURSOR_SECRET'] as const

export class ConfigError extends Error {}

export type Config = Readonly<ReturnType<typeof parseConfig>>

/** Reads the environment once. Throws one ConfigError that lists every error. */
export function parseConfig(env: Environment = process.env) {
  const given = dropEmpty(env)
  const parsed = environment.safeParse(given)
  const errors = parsed.success ? [] : parsed.error.issues.map(describeIssue)
  const mode = parsed.success ? parsed.data.NODE_ENV : given.NODE_ENV
  const required = given.AUTH_PROVIDERS === undefined ? [...requiredInProduction, ...oneIssuer] : requiredInProduction
  if (mode === 'production') {
    for (const name of required) if (given[name] === undefined) errors.push(`${name}: required in production`)
  }
  for (const name of given.AUTH_PROVIDERS === undefined ? [] : oneIssuer) {
    if (given[name] !== undefined) errors.push(`${name}: not together with AUTH_PROVIDERS`)
  }
  if (parsed.data?.TRUSTED_DOCUMENTS === 'enforce' && parsed.data.TRUSTED_DOCUMENTS_PATH === undefined)
    errors.push('TRUSTED_DOCUMENTS_PATH: required by TRUSTED_DOCUMENTS=enforce')
  // Otherwise the embedded database would be migrated silently instead of the named one.
  if (parsed.data?.MIGRATE_DATABASE_URL !== undefined && parsed.data.DATABASE_URL === undefined)
    errors.push('MIGRATE_DATABASE_URL: needs DATABASE_URL, which names the role of the server')
  if (!parsed.success || errors.length > 0) {
    throw new ConfigError(`The environment has ${errors.length} error(s):\n${errors.map((f) => `  - ${f}`).join('\n')}`)
  }
  return freezeWhole(withModeDefaults(parsed.data, serverScripts.includes(given.npm_lifecycle_event)))
}

function withModeDefaults(env: z.infer<typeof environment>, startedByNpm: boolean) {
  const production = env.NODE_ENV === 'production'
  return {
    mode: env.NODE_ENV,
    version: packageVersion(),
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    dataDir: env.DATA_DIR,
    drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
    startedByNpm,
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.MIGRATE_DATABASE_URL ?? env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      poolWaitMs: env.DATABASE_POOL_WAIT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      migrateOnStart: env.MIGRATE_ON_START ?? env.DATABASE_URL === undefined,
    },
    auth: withProviders(env),
    cursorSecret: env.CURSOR_SECRET,
    corsOrigins: env.CORS_ORIGINS,
    introspection: env.INTROSPECTION ?? !production,
    // Where only trusted documents run, GraphiQL cannot run typed documents.
    graphiql: env.GRAPHIQL ?? (!production && env.TRUSTED_DOCUMENTS !== 'enforce'),
    landingPage: env.LANDING_PAGE ?? !production,
    site: env.SITE ?? !production,
    trustedDocuments: { mode: env.TRUSTED_DOCUMENTS, path: env.TRUSTED_DOCUMENTS_PATH },
    transport: transportOf(env),
    fieldUsage: env.FIELD_USAGE,
    metrics: { host: env.METRICS_HOST, port: env.METRICS_PORT },
    limits: {
      bodyBytes: env.MAX_BODY_BYTES,
      tokens: env.MAX_TOKENS,
      depth: env.MAX_DEPTH,
      aliases: env.MAX_ALIASES,
      directives: env.MAX_DIRECTIVES,
      cost: env.MAX_COST,
      mutations: env.MAX_MUTATIONS,
      refusedCredentials: env.MAX_REFUSED_CREDENTIALS,
      viewer: { capacity: env.RATE_LIMIT_CAPACITY, restorePerSecond: env.RATE_LIMIT_RESTORE_PER_SECOND },
      anonymous: {
        capacity: env.RATE_LIMIT_ANONYMOUS_CAPACITY,
        restorePerSecond: env.RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND,
      },
    },
    cache: { bytes: env.RESPONSE_CACHE_BYTES, maxAgeSeconds: env.RESPONSE_MAX_AGE_SECONDS },
    redisUrl: env.REDIS_URL,
    suspicious: {
      denials: env.SUSPICIOUS_DENIALS_PER_MINUTE,
      personalReads: env.SUSPICIOUS_PERSONAL_READS_PER_MINUTE,
    },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (production ? ('json' as const) : ('pretty' as const)) },
  }
}

/** With `own` the process signs tokens with its development key, for this issuer and audience. */
function withProviders(env: z.infer<typeof environment>) {
  const issuer = env.AUTH_ISSUER ?? 'urn:frontdoor:development'
  const audience = env.AUTH_AUDIENCE ?? 'frontdoor'
  const one = { ...providerSettings.parse({ issuer, audience }), jwksUrl: env.AUTH_JWKS_URL }
  const own = env.AUTH_PROVIDERS === undefined && env.AUTH_JWKS_URL === undefined
  return { own, issuer, audience, providers: env.AUTH_PROVIDERS ?? [one] }
}

function freezeWhole<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeWhole(part)
  return Object.freeze(value)
}

/** RFC 6454, section 6.1: scheme, host, and the port unless it is the scheme's default. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** A variable that is empty or blank counts as unset: compose files and shells write both. */
function dropEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
}

/** Names the variable and the error, and never the value, which may be a secret. */
function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
