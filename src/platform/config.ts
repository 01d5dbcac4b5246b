import { readFileSync } from 'node:fs'
import { z } from 'zod'

type Environment = Record<string, string | undefined>

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
const count = z.coerce.number().int().min(1)
const url = z.url({ protocol: /^https?$/ })

/**
 * Every variable the server reads. The README's table of settings is held against this by a test: `describe` is the
 * text, `meta.default` what is shown where the default depends on the mode.
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
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(4000)
    .describe('The port to listen on; `0` takes a free one.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The PostgreSQL (14 to 18) to use, as the role the server works under. Required in production.')
    .meta({ default: 'the embedded one' }),
  MIGRATE_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('The same database as the role that owns the tables: migrations and seeding use it.')
    .meta({ default: '`DATABASE_URL`, less safe: the server could then change and drop tables' }),
  DATABASE_POOL_SIZE: count.max(1000).default(20).describe('How many connections one process may hold.'),
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
    .describe('The folder of the embedded database and the development keys.'),
  AUTH_JWKS_URL: url
    .optional()
    .describe('Where the keys that sign tokens are published. Required in production.')
    .meta({ default: 'a key pair of its own, in `DATA_DIR`' }),
  AUTH_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('The `iss` a token must carry. Required in production.')
    .meta({ default: '`urn:frontdoor:development`' }),
  AUTH_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('The `aud` a token must carry. Required in production.')
    .meta({ default: '`frontdoor`' }),
  CURSOR_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('At least 32 characters that authenticate cursors; the same on every replica. Required in production.')
    .meta({ default: 'made once, in `DATA_DIR`' }),
  CORS_ORIGINS: list
    .default([])
    .describe('Origins whose pages may call the API, separated by commas.')
    .meta({ default: 'none' }),
  INTROSPECTION: flag
    .optional()
    .describe('Answer introspection queries.')
    .meta({ default: '`true`; in production `false`' }),
  GRAPHIQL: flag
    .optional()
    .describe('Serve GraphiQL to browsers at `/graphql`.')
    .meta({ default: '`true`; in production `false`' }),
  MAX_BODY_BYTES: count.default(262_144).describe('The largest request body, in bytes.'),
  MAX_TOKENS: count.default(2000).describe('The most tokens a document may have.'),
  MAX_DEPTH: count.default(12).describe('How deep a document may nest.'),
  MAX_ALIASES: count.default(30).describe('The most aliases a document may have.'),
  MAX_DIRECTIVES: count.default(30).describe('The most directives a document may have.'),
  MAX_COST: count.default(5000).describe('The highest cost of one operation; see `extensions.cost`.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least severe level that is logged.'),
  LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .optional()
    .describe('One JSON object a line, or lines for people.')
    .meta({ default: '`pretty`; in production `json`' }),
  DRAIN_TIMEOUT_MS: count
    .default(10_000)
    .describe('How long requests in flight may take to end on shutdown, in milliseconds.'),
}

const environment = z.object(settings)
const requiredInProduction = ['DATABASE_URL', 'AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE', 'CURSOR_SECRET'] as const

export class ConfigError extends Error {}

export type Config = Readonly<ReturnType<typeof parseConfig>>

/** Reads the environment once. Throws one ConfigError that names every fault. */
export function parseConfig(env: Environment = process.env) {
  const given = dropEmpty(env)
  const parsed = environment.safeParse(given)
  const faults = parsed.success ? [] : parsed.error.issues.map(describeIssue)
  const mode = parsed.success ? parsed.data.NODE_ENV : given.NODE_ENV
  if (mode === 'production') {
    for (const name of requiredInProduction)
      if (given[name] === undefined) faults.push(`${name}: required in production`)
  }
  // Without the one the embedded database would be migrated, and nobody would see that the other was not.
  if (parsed.data?.MIGRATE_DATABASE_URL !== undefined && parsed.data.DATABASE_URL === undefined)
    faults.push('MIGRATE_DATABASE_URL: needs DATABASE_URL, which names the role of the server')
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(`The environment has ${faults.length} fault(s):\n${faults.map((f) => `  - ${f}`).join('\n')}`)
  }
  return freezeWhole(withModeDefaults(parsed.data))
}

function withModeDefaults(env: z.infer<typeof environment>) {
  const production = env.NODE_ENV === 'production'
  return {
    mode: env.NODE_ENV,
    version: packageVersion(),
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    dataDir: env.DATA_DIR,
    drainTimeoutMs: env.DRAIN_TIMEOUT_MS,
    database: {
      url: env.DATABASE_URL,
      ownerUrl: env.MIGRATE_DATABASE_URL ?? env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      poolWaitMs: env.DATABASE_POOL_WAIT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      migrateOnStart: env.MIGRATE_ON_START ?? env.DATABASE_URL === undefined,
    },
    auth: {
      jwksUrl: env.AUTH_JWKS_URL,
      issuer: env.AUTH_ISSUER ?? 'urn:frontdoor:development',
      audience: env.AUTH_AUDIENCE ?? 'frontdoor',
    },
    cursorSecret: env.CURSOR_SECRET,
    corsOrigins: env.CORS_ORIGINS,
    introspection: env.INTROSPECTION ?? !production,
    graphiql: env.GRAPHIQL ?? !production,
    limits: {
      bodyBytes: env.MAX_BODY_BYTES,
      tokens: env.MAX_TOKENS,
      depth: env.MAX_DEPTH,
      aliases: env.MAX_ALIASES,
      directives: env.MAX_DIRECTIVES,
      cost: env.MAX_COST,
    },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (production ? ('json' as const) : ('pretty' as const)) },
  }
}

function freezeWhole<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeWhole(part)
  return Object.freeze(value)
}

/** A variable set to nothing, or to blanks, counts as unset: compose files and shells write both. */
function dropEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''))
}

/** Names the variable and what is wrong with it, never its value: it may be a secret. */
function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
