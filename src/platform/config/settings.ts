import { z } from 'zod'
import { commaSeparated } from './comma-separated.ts'
import { fileSettings } from './file-settings.ts'
import { networks } from './networks.ts'
import { providersFromText } from './provider-settings.ts'
import { telemetrySettings } from './telemetry-settings.ts'
import { isTimeZone } from './time-zone-name.ts'
import { transportSettings } from './transport-settings.ts'
import { wholeNumber } from './whole-number.ts'

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
/** Origins as browsers send them. Another spelling, a path or `*` would silently match no page. */
const origins = z
  .string()
  .transform(commaSeparated)
  .refine((items) => items.every(isOrigin), {
    error:
      'must be origins such as https://app.example or http://localhost:5173: scheme, host and port in lower case, ' +
      'without a path, a "/" at the end or "*"',
  })
const count = wholeNumber(1)
const rate = z.coerce.number('must be a number above 0').positive('must be a number above 0')
const port = wholeNumber(0, 65_535)
const url = z.url({ protocol: /^https?$/ })
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ })

/**
 * Every variable that the server reads. `npm run docs` writes docs/settings.md from this: `describe` is the text, and
 * `meta.default` the default where it depends on the mode.
 */
export const settings = {
  ENV_FILE: z
    .string()
    .optional()
    .describe('The file with the settings that the environment does not have, each as `NAME=value`.')
    .meta({ default: '`.env` beside `package.json`, if it is there' }),
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
  DATABASE_URL: databaseUrl
    .optional()
    .describe('The PostgreSQL database (14 to 18), with the server role. Required in production.')
    .meta({ default: 'the embedded database' }),
  MIGRATE_DATABASE_URL: databaseUrl
    .optional()
    .describe('The same database with the owner role: migrations and seeding use it.')
    .meta({
      default:
        '`DATABASE_DIRECT_URL`, else `DATABASE_URL`: less safe, since the server can then change and drop tables',
    }),
  DATABASE_POOLER: z
    .enum(['none', 'transaction'])
    .optional()
    .describe(
      'What `DATABASE_URL` and `DATABASE_REPLICA_URLS` lead to: `none` for PostgreSQL itself, `transaction` for a pooler ' +
        'such as PgBouncer in transaction mode. See [operations.md](operations.md#poolers).',
    )
    .meta({ default: 'found out at the start' }),
  DATABASE_DIRECT_URL: databaseUrl
    .optional()
    .describe(
      'The same database and role as `DATABASE_URL` past the pooler, for what needs a session: events as they happen ' +
        '(`LISTEN`), jobs, and migrations where `MIGRATE_DATABASE_URL` is not set.',
    )
    .meta({ default: '`DATABASE_URL`; through a pooler events are then asked for five times a second' }),
  DATABASE_REPLICA_URLS: z
    .string()
    .transform(commaSeparated)
    .refine((items) => items.every((item) => databaseUrl.safeParse(item).success), {
      error: 'must be postgresql:// URLs, separated by commas',
    })
    .default([])
    .describe(
      'Streaming replicas of `DATABASE_URL` that queries may read from, separated by commas: one server behind each URL, ' +
        'with the same role and database. See [operations.md](operations.md#replicas).',
    )
    .meta({ default: 'none' }),
  REPLICA_MAX_LAG_MS: wholeNumber(100)
    .default(1000)
    .describe('A replica that may be further behind the primary, in milliseconds, gets no reads of queries.'),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000)
    .default(20)
    .describe('The maximum number of connections of one process to the primary, and to each replica.'),
  DATABASE_POOL_WAIT_MS: count.default(5000).describe('How long a request waits for a connection, in milliseconds.'),
  DATABASE_STATEMENT_TIMEOUT_MS: count.default(10_000).describe('How long one statement may run, in milliseconds.'),
  DATABASE_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { error: 'must be a name of the IANA time zone database, such as Europe/Berlin, or UTC' })
    .default('UTC')
    .describe(
      'The time zone that columns without one (`timestamp`) are in. Of an hour that comes twice the second is meant, and ' +
        'one that is skipped is read as an hour later, as PostgreSQL does.',
    ),
  REPORT_POOL_SIZE: wholeNumber(1, 1000)
    .default(4)
    .describe('How many reports one process runs at once. Their connections are beside those of `DATABASE_POOL_SIZE`.'),
  REPORT_TIMEOUT_MS: count.default(20_000).describe('How long the statement of a report may run, in milliseconds.'),
  MIGRATE_ON_START: flag
    .optional()
    .describe('Apply missing migrations before listening.')
    .meta({ default: '`true` for the embedded database, else `false`' }),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .describe('The folder of the embedded database, of the development keys and of exported files.'),
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
  ID_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe(
      'The secret that encrypts keys in ids, where a key is no UUID: at least 32 characters, the same on every replica. ' +
        'Required in production by a domain that has such keys. Another secret makes every such id another one.',
    )
    .meta({ default: 'made once, in `DATA_DIR`; in production none' }),
  ENCRYPTION_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe(
      'The secret that encrypts the signing secrets of webhooks in the database: at least 32 characters, the same on ' +
        'every replica. Without it production has no webhooks. It cannot be changed while there are webhooks.',
    )
    .meta({ default: 'made once, in `DATA_DIR`; in production none' }),
  CORS_ORIGINS: origins
    .default([])
    .describe('Origins whose pages may call the API, separated by commas.')
    .meta({ default: 'none' }),
  INTROSPECTION: flag
    .optional()
    .describe('Execute introspection queries, and serve the schema at `/schema.graphql`.')
    .meta({ default: '`true`; in production `false`' }),
  FEDERATION: flag
    .default(false)
    .describe(
      'Make `/graphql` a subgraph of Apollo Federation 2, for a router in front: see [federation.md](federation.md). Everyone ' +
        'who reaches it can then read the schema, also with `INTROSPECTION=false`.',
    ),
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
    .describe(
      'The manifest of trusted documents, or a folder of manifests. Required by `TRUSTED_DOCUMENTS=enforce`. In development the manifest of the built site serves in its place.',
    ),
  ...transportSettings,
  MAX_BODY_BYTES: count.default(262_144).describe('The maximum size of a request body, in bytes.'),
  MAX_TOKENS: count.default(2000).describe('The maximum number of tokens in a document.'),
  MAX_DEPTH: count.default(12).describe('The maximum depth of a document.'),
  MAX_ALIASES: count.default(30).describe('The maximum number of aliases in a document.'),
  MAX_DIRECTIVES: count.default(30).describe('The maximum number of directives in a document.'),
  MAX_COST: count.default(5000).describe('The maximum cost of one operation; see `extensions.cost`.'),
  MAX_PAGE_SIZE: wholeNumber(1, 100).default(100).describe('The largest page of a list.'),
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
  SUSPICIOUS_TOOL_CALLS_PER_MINUTE: count
    .default(120)
    .describe('A principal whose agents call tools this many times in a minute is logged as suspicious.'),
  TOOL_MAX_COST: count
    .default(500)
    .describe('The highest cost of an operation that an agent calls as a tool, where `MAX_COST` is not lower.'),
  TOOL_MAX_PAGE_SIZE: count
    .default(20)
    .describe('The largest page of a list that an agent reads, where `MAX_PAGE_SIZE` is not lower.'),
  EVENTS_KEEP_DAYS: wholeNumber(0)
    .default(365)
    .describe('How many days events are kept; `0` keeps all. An older position of `changes` is POSITION_EXPIRED.'),
  AUDIT_KEEP_DAYS: wholeNumber(365)
    .default(730)
    .describe('How many days entries of the audit trail are kept: a year at least.'),
  ERASURE_DELAY_HOURS: wholeNumber(0)
    .default(72)
    .describe('How long an erasure of a person can be taken back, in hours. Then it begins.'),
  EVENTS_RELAY: z
    .url({ protocol: /^(nats|tls)$/ })
    .optional()
    .describe('The NATS server with JetStream that gets every event: `nats://user:password@host:4222`.')
    .meta({ default: 'none' }),
  WEBHOOK_NETWORKS: networks
    .optional()
    .describe(
      'Addresses and CIDRs that webhooks, and calls to other services, may reach although they are not public, separated ' +
        'by commas: `10.1.0.0/16`.',
    )
    .meta({ default: '`127.0.0.0/8,::1`; in production none' }),
  WEBHOOK_TIMEOUT_MS: count
    .default(15_000)
    .describe('How long the receiver of a webhook may take to respond, in milliseconds.'),
  WEBHOOK_FIRST_RETRY_MS: count
    .default(5000)
    .describe(
      'The wait after the first failed delivery, in milliseconds. Each further one is four times as long, up to eight hours.',
    ),
  REMOTE_TIMEOUT_MS: count
    .default(3000)
    .describe(
      'How long all calls of one request to other services may take together, from its beginning, in milliseconds.',
    ),
  MAX_STREAMS_PER_VIEWER: count
    .default(50)
    .describe('How many streams of subscriptions one viewer, or one address without a credential, may have open.'),
  MAX_STREAMS: count.default(1500).describe('How many streams of subscriptions one process has open at most.'),
  MAX_EXPORTS: count
    .default(4)
    .describe('How many exports of one process run at once. Each reads over a connection of its own.'),
  MAX_IMPORTS: count.default(2).describe('How many imports one process runs at once.'),
  IMPORT_LINES_PER_MINUTE: count
    .default(1_000_000)
    .describe('How many lines one viewer may import in a minute. An import that is faster waits.'),
  EXPORT_ROWS_PER_MINUTE: count
    .default(5_000_000)
    .describe(
      'How many rows one viewer, or one address without a credential, may export in a minute. An export that is faster waits.',
    ),
  ...fileSettings,
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
  AUDIT_IN_LOG: flag
    .default(false)
    .describe(
      'Where the database can only be read: serve fields with a sensitivity tag, and write to the log who read them. ' +
        'Without it these fields are refused there.',
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
  ...telemetrySettings,
  DRAIN_DELAY_MS: wholeNumber(0)
    .optional()
    .describe(
      'How long a stopping server says on `/readyz` that it is not ready, and still takes requests, in milliseconds: the time ' +
        'in which a balancer notices.',
    )
    .meta({ default: '`0`; in production `5000`' }),
  DRAIN_TIMEOUT_MS: count
    .default(10_000)
    .describe('How long a stopping server waits for the requests in flight, in milliseconds.'),
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** A variable that is empty or blank counts as unset: compose files and shells write both. */
