import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ConfigError, parseConfig, processEnvironment } from '../../../src/platform/config/config.ts'
import { settings } from '../../../src/platform/config/settings.ts'

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://shop@db.example/shop',
  AUTH_JWKS_URL: 'https://id.example/jwks.json',
  AUTH_ISSUER: 'https://id.example',
  AUTH_AUDIENCE: 'shop',
  CURSOR_SECRET: 'x'.repeat(32),
}
const required = Object.keys(production).filter((name) => name !== 'NODE_ENV')

/** Each error as `NAME: message`, without the heading. */
function errorsOf(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [heading, ...errors] = error.message.split('\n')
    expect(heading).toBe(`The environment has ${errors.length} error(s):`)
    return errors.map((error) => error.replace('  - ', ''))
  }
}

const algorithms = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const ownProvider = {
  issuer: 'urn:frontdoor:development',
  audience: ['frontdoor'],
  algorithms,
  clockToleranceSeconds: 5,
  claims: { id: 'sub', kind: 'kind', roles: 'roles', scopes: 'scope' },
  idPrefix: '',
}

const variablesOf = (errors: string[]) => errors.map((error) => error.split(':')[0]).sort()

describe('an empty environment', () => {
  it('is development, with everything from this machine', () => {
    const { version: _version, ...config } = parseConfig({})
    expect(config).toEqual({
      mode: 'development',
      auditInLog: false,
      host: '127.0.0.1',
      port: 4000,
      dataDir: '.data',
      drainDelayMs: 0,
      drainTimeoutMs: 10_000,
      startedByNpm: false,
      givenForEndpoints: {},
      database: {
        url: undefined,
        ownerUrl: undefined,
        pooler: 'none',
        directUrl: undefined,
        replicaUrls: [],
        replicaMaxLagMs: 1000,
        poolSize: 20,
        poolWaitMs: 5000,
        statementTimeoutMs: 10_000,
        timeZone: 'UTC',
        reports: { poolSize: 4, statementTimeoutMs: 20_000 },
        migrateOnStart: true,
      },
      audit: { keepDays: 730 },
      erasureDelayMs: 259_200_000,
      auth: { own: true, issuer: 'urn:frontdoor:development', audience: 'frontdoor', providers: [ownProvider] },
      cursorSecret: undefined,
      encryptionSecret: undefined,
      corsOrigins: [],
      introspection: true,
      federation: false,
      graphiql: true,
      landingPage: true,
      site: true,
      trustedDocuments: { mode: 'off', path: undefined },
      transport: {
        trustProxy: false,
        hsts: false,
        compression: true,
        maxConnections: 2000,
        urlBytes: 8192,
        headerBytes: 16_384,
        headerLines: 100,
        headersTimeoutMs: 10_000,
        requestTimeoutMs: 30_000,
        deadlineMs: 30_000,
        queueTimeoutMs: 1000,
        keepAliveTimeoutMs: 5000,
        idleTimeoutMs: 60_000,
      },
      telemetry: { slowOperationMs: 1000, traces: undefined },
      streams: { perPrincipal: 50, perProcess: 1500 },
      events: { keepDays: 365, relay: undefined },
      webhooks: { networks: ['127.0.0.0/8', '::1'], requiresHttps: false, timeoutMs: 15_000, firstRetryMs: 5000 },
      fieldUsage: true,
      metrics: { host: '127.0.0.1', port: undefined },
      limits: {
        bodyBytes: 262_144,
        tokens: 2000,
        depth: 12,
        aliases: 30,
        directives: 30,
        cost: 5000,
        pageSize: 100,
        mutations: 10,
        refusedCredentials: 10,
        viewer: { capacity: 50_000, restorePerSecond: 500 },
        anonymous: { capacity: 10_000, restorePerSecond: 100 },
        importedLines: { capacity: 1_000_000, restorePerSecond: 1_000_000 / 60 },
        exportedRows: { capacity: 5_000_000, restorePerSecond: 5_000_000 / 60 },
      },
      remote: { timeoutMs: 3000, sources: {} },
      exports: { atOnce: 4, files: { folder: '.data/files' } },
      imports: { atOnce: 2 },
      cache: { bytes: 0, maxAgeSeconds: 10 },
      redisUrl: undefined,
      suspicious: { denials: 20, personalReads: 500, toolCalls: 120 },
      tools: { cost: 500, pageSize: 20 },
      log: { level: 'info', format: 'pretty' },
    })
  })

  it('is the same with every variable set to nothing', () => {
    const nothing = Object.fromEntries(Object.keys(settings).map((name) => [name, '']))
    expect(parseConfig(nothing)).toEqual(parseConfig({}))
    const blank = Object.fromEntries(Object.keys(settings).map((name) => [name, ' ']))
    expect(parseConfig(blank)).toEqual(parseConfig({}))
  })
})

describe('the mode', () => {
  it('production listens on every address, and switches off tools for exploring', () => {
    expect(parseConfig(production)).toMatchObject({
      mode: 'production',
      host: '0.0.0.0',
      drainDelayMs: 5000,
      introspection: false,
      graphiql: false,
      landingPage: false,
      site: false,
      log: { format: 'json' },
      database: { migrateOnStart: false },
    })
  })

  it('knows when npm runs a server script, whose end must stop the server', () => {
    for (const [script, isServer] of [
      ['start', true],
      ['test', false],
      ['', false],
    ] as const) {
      expect([script, parseConfig({ npm_lifecycle_event: script }).startedByNpm]).toEqual([script, isServer])
    }
  })

  it('production follows explicit settings', () => {
    const said = {
      HOST: '::1',
      INTROSPECTION: 'true',
      GRAPHIQL: 'signed-in',
      LANDING_PAGE: 'true',
      SITE: 'true',
      LOG_FORMAT: 'pretty',
      MIGRATE_ON_START: 'true',
    }
    expect(parseConfig({ ...production, ...said })).toMatchObject({
      host: '::1',
      introspection: true,
      graphiql: 'signed-in',
      landingPage: true,
      site: true,
      log: { format: 'pretty' },
      database: { migrateOnStart: true },
    })
  })

  it('with trusted documents only has no GraphiQL, unless it is set', () => {
    const enforced = { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: 'manifest.json' }
    expect(parseConfig(enforced).graphiql).toBe(false)
    expect(parseConfig({ ...enforced, GRAPHIQL: 'true' }).graphiql).toBe(true)
    expect(parseConfig({ TRUSTED_DOCUMENTS: 'log' }).graphiql).toBe(true)
    expect(errorsOf({ TRUSTED_DOCUMENTS: 'enforce' })).toEqual([
      'TRUSTED_DOCUMENTS_PATH: required by TRUSTED_DOCUMENTS=enforce',
    ])
  })

  it('test is like development', () => {
    expect(parseConfig({ NODE_ENV: 'test' })).toEqual({ ...parseConfig({}), mode: 'test' })
  })

  it('uses the owner of a database as the server role, unless another is set', () => {
    const url = 'postgresql://server@db.example/shop'
    const ownerUrl = 'postgresql://owner@db.example/shop'
    expect(parseConfig({ DATABASE_URL: url }).database).toMatchObject({ url, ownerUrl: url })
    expect(parseConfig({ DATABASE_URL: url, MIGRATE_DATABASE_URL: ownerUrl }).database).toMatchObject({ url, ownerUrl })
    expect(errorsOf({ MIGRATE_DATABASE_URL: ownerUrl })).toEqual([
      'MIGRATE_DATABASE_URL: needs DATABASE_URL, which names the role of the server',
    ])
  })

  it('goes past the pooler of a configured database to migrate it, and looks for a pooler there only', () => {
    const url = 'postgresql://server@pooler.example/shop'
    const directUrl = 'postgresql://server@db.example/shop'
    expect(parseConfig({}).database).toMatchObject({ pooler: 'none', directUrl: undefined })
    expect(parseConfig({ DATABASE_URL: url }).database).toMatchObject({ pooler: undefined, ownerUrl: url })
    const pooled = { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, DATABASE_POOLER: 'transaction' }
    expect(parseConfig(pooled).database).toMatchObject({ pooler: 'transaction', directUrl, ownerUrl: directUrl })
    expect(errorsOf({ DATABASE_DIRECT_URL: directUrl })).toEqual([
      'DATABASE_DIRECT_URL: needs DATABASE_URL, which names what it goes past',
    ])
  })

  it('takes replicas of a configured database only', () => {
    const DATABASE_REPLICA_URLS = 'postgresql://server@a.example/shop, postgresql://server@b.example/shop'
    expect(
      parseConfig({ DATABASE_URL: 'postgresql://server@db.example/shop', DATABASE_REPLICA_URLS }).database,
    ).toEqual(
      expect.objectContaining({
        replicaUrls: ['postgresql://server@a.example/shop', 'postgresql://server@b.example/shop'],
        replicaMaxLagMs: 1000,
      }),
    )
    expect(errorsOf({ DATABASE_REPLICA_URLS })).toEqual([
      'DATABASE_REPLICA_URLS: needs DATABASE_URL, which names their primary',
    ])
  })

  it('does not migrate a configured database', () => {
    expect(parseConfig({ DATABASE_URL: 'postgres://x/y' }).database.migrateOnStart).toBe(false)
  })

  it.each(required)('production requires %s, which no other mode does', (name) => {
    expect(errorsOf({ ...production, [name]: undefined })).toEqual([`${name}: required in production`])
    expect(errorsOf({ ...production, [name]: '' })).toEqual([`${name}: required in production`])
    expect(errorsOf({ ...production, [name]: undefined, NODE_ENV: 'test' })).toEqual([])
  })
})

describe('the file of the environment', () => {
  it('has the settings that the environment lacks; one that is empty there is not read from it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-env-'))
    const path = join(folder, 'settings')
    await writeFile(path, "DATABASE_URL='postgresql://u:a%23b@h/d' # kept\nPORT=1\nMAX_DEPTH=7\n")
    vi.stubEnv('ENV_FILE', path)
    vi.stubEnv('PORT', '2')
    vi.stubEnv('MAX_DEPTH', '')
    vi.stubEnv('DATABASE_URL', undefined)
    const { database, port, limits } = parseConfig(processEnvironment())
    expect([database.url, port, limits.depth]).toEqual(['postgresql://u:a%23b@h/d', 2, parseConfig({}).limits.depth])
    await rm(folder, { recursive: true })
    expect(() => processEnvironment()).toThrow(new ConfigError(`ENV_FILE: ${path} cannot be read`))
    vi.unstubAllEnvs()
  })
})

const wrong: Record<
  Exclude<keyof typeof settings, 'ENV_FILE' | 'HOST' | 'DATA_DIR' | 'METRICS_HOST' | 'TRUSTED_DOCUMENTS_PATH'>,
  string[]
> = {
  NODE_ENV: ['staging', 'Production'],
  PORT: ['-1', '65536', '80.5', 'http', 'NaN'],
  DATABASE_URL: ['mysql://u:canary@h/d', 'canary', 'https://canary.example'],
  MIGRATE_DATABASE_URL: ['mysql://u:canary@h/d', 'canary'],
  DATABASE_POOLER: ['session', 'canary'],
  DATABASE_DIRECT_URL: ['mysql://u:canary@h/d', 'canary'],
  DATABASE_REPLICA_URLS: ['canary', 'postgresql://u:canary@h/d,mysql://u:canary@h/d'],
  REPLICA_MAX_LAG_MS: ['0', '99', '1s'],
  DATABASE_POOL_SIZE: ['0', '1001', 'Infinity'],
  DATABASE_POOL_WAIT_MS: ['0', '5s'],
  DATABASE_STATEMENT_TIMEOUT_MS: ['0', '-5'],
  DATABASE_TIME_ZONE: ['Mars/Base', 'CET', '+01:00', 'Europe/Nowhere'],
  REPORT_POOL_SIZE: ['0', '1001', 'many'],
  REPORT_TIMEOUT_MS: ['0', '-5', '5s'],
  MIGRATE_ON_START: ['yes', '1', 'TRUE'],
  AUTH_JWKS_URL: ['file:///canary', 'id.example/canary'],
  AUTH_ISSUER: [],
  AUTH_AUDIENCE: [],
  AUTH_PROVIDERS: ['[]', '[{"canary"', '/canary/no/such/file.json', '{}', '[{"issuer":"https://a.example"}]'],
  CURSOR_SECRET: ['canary-too-short', 'x'.repeat(31)],
  ID_SECRET: ['canary-too-short', 'x'.repeat(31)],
  ENCRYPTION_SECRET: ['canary-too-short', 'x'.repeat(31)],
  CORS_ORIGINS: [
    '*',
    'https://a.example/',
    'https://a.example/app',
    'https://A.example',
    'https://a.example:443',
    'a.example',
    'null',
    'ftp://a.example',
    'https://a.example, *',
  ],
  INTROSPECTION: ['on'],
  FEDERATION: ['2', 'on'],
  GRAPHIQL: ['off', 'signed-out'],
  LANDING_PAGE: ['off'],
  SITE: ['built'],
  TRUSTED_DOCUMENTS: ['on', 'Enforce'],
  TRUST_PROXY: [
    'true',
    '0',
    '-1',
    '100',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '127.1',
    '1,2',
    ',',
    'everywhere',
  ],
  HSTS: ['1'],
  MAX_CONNECTIONS: ['0'],
  MAX_URL_BYTES: ['8k'],
  COMPRESSION: ['yes', '1'],
  MAX_HEADER_BYTES: ['0'],
  MAX_HEADERS: ['-1'],
  HEADERS_TIMEOUT_MS: ['0', '2147483648'],
  REQUEST_TIMEOUT_MS: ['never'],
  KEEP_ALIVE_TIMEOUT_MS: ['0'],
  REQUEST_DEADLINE_MS: ['0', 'soon'],
  QUEUE_TIMEOUT_MS: ['0', 'soon'],
  IDLE_TIMEOUT_MS: ['0'],
  EVENTS_KEEP_DAYS: ['-1', '1.5', 'forever'],
  AUDIT_KEEP_DAYS: ['0', '364', 'forever'],
  ERASURE_DELAY_HOURS: ['-1', '1.5', 'soon'],
  WEBHOOK_NETWORKS: ['canary.example', '10.0.0.0/33', '10.0.0', 'fd00::/129', '10.0.0.0/8/8'],
  WEBHOOK_TIMEOUT_MS: ['0', '15s'],
  WEBHOOK_FIRST_RETRY_MS: ['0'],
  EVENTS_RELAY: ['http://canary.example', 'canary:4222'],
  REMOTE_TIMEOUT_MS: ['0', '3s'],
  MAX_STREAMS_PER_VIEWER: ['0', 'all'],
  MAX_STREAMS: ['0', '1.5'],
  MAX_EXPORTS: ['0', 'all'],
  MAX_IMPORTS: ['0', 'all'],
  IMPORT_LINES_PER_MINUTE: ['0', '1.5'],
  EXPORT_ROWS_PER_MINUTE: ['0', '1.5'],
  BULK_FILES: ['s3:canary', 's3://UPPER/canary', 's3://'],
  S3_ENDPOINT: ['canary', 'ftp://canary.example'],
  S3_REGION: [],
  S3_ACCESS_KEY_ID: [],
  S3_SECRET_ACCESS_KEY: [],
  RESPONSE_CACHE_BYTES: ['-1', '64MB'],
  RESPONSE_MAX_AGE_SECONDS: ['-1', '1.5'],
  AUDIT_IN_LOG: ['yes', '1'],
  FIELD_USAGE: ['yes', '0'],
  METRICS_PORT: ['-1', '65536', 'http'],
  MAX_BODY_BYTES: ['0', '256kb'],
  MAX_TOKENS: ['0', 'many'],
  MAX_DEPTH: ['0', '1.5'],
  MAX_ALIASES: ['-1'],
  MAX_DIRECTIVES: ['none'],
  MAX_COST: ['0', 'free'],
  MAX_PAGE_SIZE: ['0', '101', 'x'],
  MAX_MUTATIONS: ['0', '2.5'],
  MAX_REFUSED_CREDENTIALS: ['0', 'ten'],
  RATE_LIMIT_CAPACITY: ['0', '1e400'],
  RATE_LIMIT_RESTORE_PER_SECOND: ['0', '-1', 'fast'],
  RATE_LIMIT_ANONYMOUS_CAPACITY: ['-1', 'all'],
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: ['0', 'NaN'],
  REDIS_URL: ['http://canary.example', 'canary'],
  SUSPICIOUS_DENIALS_PER_MINUTE: ['0', 'none'],
  SUSPICIOUS_PERSONAL_READS_PER_MINUTE: ['-1', 'all'],
  SUSPICIOUS_TOOL_CALLS_PER_MINUTE: ['0', 'many'],
  TOOL_MAX_COST: ['0', 'all'],
  TOOL_MAX_PAGE_SIZE: ['0', 'all'],
  LOG_LEVEL: ['verbose', 'INFO'],
  LOG_FORMAT: ['xml'],
  DRAIN_DELAY_MS: ['-1', 'x'],
  SLOW_OPERATION_MS: ['-1', '1.5', 'never'],
  OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', 'grpc://collector:4317'],
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ['collector', 'ftp://collector/v1/traces'],
  OTEL_EXPORTER_OTLP_PROTOCOL: ['grpc', 'http/json'],
  OTEL_EXPORTER_OTLP_HEADERS: ['key', '=value', 'key=%'],
  OTEL_EXPORTER_OTLP_TIMEOUT: ['0', '10s'],
  OTEL_SDK_DISABLED: ['yes'],
  OTEL_TRACES_EXPORTER: ['console', 'zipkin'],
  OTEL_SERVICE_NAME: [],
  OTEL_RESOURCE_ATTRIBUTES: ['production'],
  OTEL_TRACES_SAMPLER: ['jaeger_remote', 'ratio'],
  OTEL_TRACES_SAMPLER_ARG: ['1 %', '-0.1', '1.1'],
  DRAIN_TIMEOUT_MS: ['0', 'soon'],
}
const cases = Object.entries(wrong).flatMap(([name, values]) => values.map((value) => ({ name, value })))

describe('an error', () => {
  it.each(cases)('is $name=$value', ({ name, value }) => {
    expect(variablesOf(errorsOf({ [name]: value }))).toEqual([name])
  })

  it('is reported together with every other, also those of production', () => {
    const faulty = Object.entries(wrong).flatMap(([name, [value]]) => (value ? [[name, value] as const] : []))
    const found = new Set(variablesOf(errorsOf(Object.fromEntries(faulty))))
    expect([...found]).toEqual(faulty.map(([name]) => name).sort())

    const env = { NODE_ENV: 'production', PORT: 'http', LOG_LEVEL: 'loud', CURSOR_SECRET: 'short' }
    const missing = required.filter((name) => name !== 'CURSOR_SECRET')
    expect(variablesOf(errorsOf(env))).toEqual([...missing, 'CURSOR_SECRET', 'LOG_LEVEL', 'PORT'].sort())
  })

  it('says which value is expected', () => {
    expect(errorsOf({ PORT: 'http' })).toEqual(['PORT: must be a whole number from 0 to 65535'])
    expect(errorsOf({ PORT: '0.5' })).toEqual(['PORT: must be a whole number from 0 to 65535'])
    expect(errorsOf({ MAX_COST: '0' })).toEqual(['MAX_COST: must be a whole number from 1 up'])
    expect(errorsOf({ RATE_LIMIT_RESTORE_PER_SECOND: 'fast' })).toEqual([
      'RATE_LIMIT_RESTORE_PER_SECOND: must be a number above 0',
    ])
    expect(errorsOf({ CORS_ORIGINS: '*' })).toEqual([
      expect.stringMatching(/^CORS_ORIGINS: must be origins such as https:\/\/app\.example/),
    ])
  })

  it('never repeats a value, which may be a secret', () => {
    const canary = 'c4n4ry-5ecret'
    const env = Object.fromEntries(cases.map(({ name }) => [name, canary]))
    const errors = errorsOf(env)
    expect(errors.length).toBeGreaterThan(15)
    expect(errors.join('\n')).not.toContain(canary)
    expect(errorsOf({ DATABASE_URL: `mysql://u:${canary}@h/d` }).join()).not.toContain(canary)
  })
})

describe('the files of exports', () => {
  const bucket = { BULK_FILES: 's3://a-bucket/some/where', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'c4n4ry' }

  it('are in a folder of DATA_DIR, or where they are said to be', () => {
    expect(parseConfig({ DATA_DIR: '/d' }).exports.files).toEqual({ folder: '/d/files' })
    expect(parseConfig({ BULK_FILES: '/elsewhere' }).exports.files).toEqual({ folder: '/elsewhere' })
  })

  it('are in a bucket, of AWS or of another store', () => {
    const keys = { prefix: 'some/where/', accessKeyId: 'id', secretAccessKey: 'c4n4ry' }
    const ofAws = { url: 'https://s3.eu-west-1.amazonaws.com/a-bucket', region: 'eu-west-1', ...keys }
    expect(parseConfig({ ...bucket, S3_REGION: 'eu-west-1' }).exports.files).toEqual({ bucket: ofAws })
    const ofOther = { url: 'http://store.example:9000/a-bucket', region: 'us-east-1', ...keys }
    const env = { ...bucket, S3_ENDPOINT: 'http://store.example:9000/' }
    expect(parseConfig(env).exports.files).toEqual({ bucket: ofOther })
  })

  it('in a bucket need its keys', () => {
    expect(errorsOf({ BULK_FILES: 's3://a-bucket' })).toEqual([
      'S3_ACCESS_KEY_ID: required by BULK_FILES=s3://…',
      'S3_SECRET_ACCESS_KEY: required by BULK_FILES=s3://…',
    ])
  })
})

describe('providers of tokens', () => {
  const acme = { issuer: 'https://acme.example', audience: 'shop' }
  const providersOf = (...given: object[]) => parseConfig({ AUTH_PROVIDERS: JSON.stringify(given) }).auth

  it('are one from its three settings, of which development has two defaults', () => {
    const { AUTH_JWKS_URL, AUTH_ISSUER, AUTH_AUDIENCE } = production
    const one = { ...ownProvider, issuer: AUTH_ISSUER, audience: [AUTH_AUDIENCE], jwksUrl: AUTH_JWKS_URL }
    expect(parseConfig(production).auth).toMatchObject({ own: false, providers: [one] })
    expect(parseConfig({ AUTH_JWKS_URL }).auth).toMatchObject({
      own: false,
      providers: [{ ...ownProvider, jwksUrl: AUTH_JWKS_URL }],
    })
  })

  it('are any number with AUTH_PROVIDERS, each with defaults', () => {
    const other = {
      issuer: 'urn:other',
      audience: ['a', 'b'],
      jwksUrl: 'https://other.example/keys',
      algorithms: ['ES256'],
      clockToleranceSeconds: 0,
      tokenType: 'at+jwt',
      claims: { id: 'oid', kind: { value: 'staff' }, roles: ['realm_access', 'roles'] },
      roleNames: { boss: 'admin' },
      idPrefix: 'other:',
    }
    expect(providersOf(acme, other)).toMatchObject({
      own: false,
      providers: [
        { ...ownProvider, ...acme, audience: ['shop'] },
        { ...other, claims: { ...other.claims, scopes: 'scope' } },
      ],
    })
  })

  it('can be in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-config-'))
    const path = join(folder, 'providers.json')
    await writeFile(path, JSON.stringify([acme]))
    expect(parseConfig({ AUTH_PROVIDERS: path }).auth).toEqual(providersOf(acme))
    await writeFile(path, 'not JSON')
    expect(errorsOf({ AUTH_PROVIDERS: path })).toEqual(['AUTH_PROVIDERS: not JSON'])
    await rm(folder, { recursive: true })
    expect(errorsOf({ AUTH_PROVIDERS: path })).toEqual([
      'AUTH_PROVIDERS: neither a JSON array nor a file that can be read',
    ])
  })

  it('replace the three settings in production, and exclude them', () => {
    const { AUTH_JWKS_URL: _url, AUTH_ISSUER: _issuer, AUTH_AUDIENCE: _audience, ...rest } = production
    const AUTH_PROVIDERS = JSON.stringify([acme])
    expect(errorsOf({ ...rest, AUTH_PROVIDERS })).toEqual([])
    const both = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'].map(
      (name) => `${name}: not together with AUTH_PROVIDERS`,
    )
    expect(errorsOf({ ...production, AUTH_PROVIDERS })).toEqual(both)
  })

  it.each([
    ['of no audience', [{ issuer: acme.issuer }], '0.audience'],
    ['of an empty audience', [{ ...acme, audience: [] }], '0.audience'],
    ['whose keys cannot be found', [acme, { ...acme, issuer: 'urn:canary' }], '1.jwksUrl'],
    ['whose keys are in a file', [{ ...acme, jwksUrl: 'file:///canary' }], '0.jwksUrl'],
    ['that signs with a secret', [{ ...acme, algorithms: ['HS256'] }], '0.algorithms.0'],
    ['that does not sign', [{ ...acme, algorithms: ['none'] }], '0.algorithms.0'],
    ['with no algorithm', [{ ...acme, algorithms: [] }], '0.algorithms'],
    ['whose clock is off by an hour', [{ ...acme, clockToleranceSeconds: 3600 }], '0.clockToleranceSeconds'],
    ['of a claim of no name', [{ ...acme, claims: { kind: '' } }], '0.claims.kind'],
    ['of a claim there is not', [{ ...acme, claims: { customer: 'sub' } }], '0.claims'],
    ['of a setting there is not', [{ ...acme, audiences: ['canary'] }], '0'],
    ['of an issuer that another has', [acme, acme], 'two providers have one issuer'],
  ])('%s are an error, which has its position and no value', (_what, given, place) => {
    const errors = errorsOf({ AUTH_PROVIDERS: JSON.stringify(given) })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(new RegExp(`^AUTH_PROVIDERS: ${place}(?::|$)`))
    expect(errors[0]).not.toContain('canary')
  })
})

describe('a configuration', () => {
  it('is frozen, down to its lists', () => {
    const config = parseConfig({ CORS_ORIGINS: 'https://a.example' })
    for (const part of [config, ...Object.values(config).filter((value) => typeof value === 'object')]) {
      expect(Object.isFrozen(part), JSON.stringify(part)).toBe(true)
    }
  })

  it('splits a list at its commas', () => {
    const { corsOrigins } = parseConfig({ CORS_ORIGINS: ' https://a.example, ,https://b.example:8443 ,' })
    expect(corsOrigins).toEqual(['https://a.example', 'https://b.example:8443'])
  })

  it.each([
    ['false', false],
    ['2', 2],
    ['10.0.0.1', ['10.0.0.1']],
    [' 10.0.0.0/8, ::1,fd00::/8 ,', ['10.0.0.0/8', '::1', 'fd00::/8']],
    ['loopback, uniquelocal', ['loopback', 'uniquelocal']],
  ])('takes %j as trusted proxies', (text, trusted) => {
    expect(parseConfig({ TRUST_PROXY: text }).transport.trustProxy).toEqual(trusted)
  })

  it('bounds the time for a request’s head by the time for the whole', () => {
    expect(parseConfig({ REQUEST_TIMEOUT_MS: '100' }).transport).toMatchObject({
      headersTimeoutMs: 100,
      requestTimeoutMs: 100,
    })
  })

  it('traces only where it is told to', () => {
    const tracesOf = (env: Record<string, string>) => parseConfig(env).telemetry.traces
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }
    expect(tracesOf(endpoint)).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      timeoutMs: 10_000,
      serviceName: 'frontdoor',
      attributes: {},
      sampling: { followsParent: true, ratio: 1 },
    })
    const named = tracesOf({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x=y=z',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,deployment.environment.name=production',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    })
    expect(named).toMatchObject({
      url: 'https://traces.example/in',
      headers: { 'api-key': 'a b', x: 'y=z' },
      serviceName: 'shop',
      sampling: { followsParent: false, ratio: 0.01 },
    })
    expect(tracesOf({ ...endpoint, OTEL_SERVICE_NAME: 'door' })?.serviceName).toBe('door')
    expect(tracesOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_off' })?.sampling.ratio).toBe(0)
    expect(tracesOf({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeUndefined()
    expect(tracesOf({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined()
  })

  it('ignores unknown variables', () => {
    expect(parseConfig({ HOME: '/root', PORTS: 'x', __proto__: 'x' })).toEqual(parseConfig({}))
  })
})
