import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig, settings } from '../../src/platform/config.ts'

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://shop@db.example/shop',
  AUTH_JWKS_URL: 'https://id.example/jwks.json',
  AUTH_ISSUER: 'https://id.example',
  AUTH_AUDIENCE: 'shop',
  CURSOR_SECRET: 'x'.repeat(32),
}
const required = Object.keys(production).filter((name) => name !== 'NODE_ENV')

/** Each fault as `NAME: what is wrong`, without the heading. */
function faultsOf(env: Record<string, string | undefined>): string[] {
  try {
    parseConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [heading, ...faults] = error.message.split('\n')
    expect(heading).toBe(`The environment has ${faults.length} fault(s):`)
    return faults.map((fault) => fault.replace('  - ', ''))
  }
}

const variablesOf = (faults: string[]) => faults.map((fault) => fault.split(':')[0]).sort()

describe('an empty environment', () => {
  it('is development, with everything the machine itself brings', () => {
    const { version: _version, ...config } = parseConfig({})
    expect(config).toEqual({
      mode: 'development',
      host: '127.0.0.1',
      port: 4000,
      dataDir: '.data',
      drainTimeoutMs: 10_000,
      database: {
        url: undefined,
        ownerUrl: undefined,
        poolSize: 20,
        poolWaitMs: 5000,
        statementTimeoutMs: 10_000,
        migrateOnStart: true,
      },
      auth: { jwksUrl: undefined, issuer: 'urn:frontdoor:development', audience: 'frontdoor' },
      cursorSecret: undefined,
      corsOrigins: [],
      introspection: true,
      graphiql: true,
      limits: { bodyBytes: 262_144, tokens: 2000, depth: 12, aliases: 30, directives: 30, cost: 5000 },
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
  it('production is open to the network and closed to the curious', () => {
    expect(parseConfig(production)).toMatchObject({
      mode: 'production',
      host: '0.0.0.0',
      introspection: false,
      graphiql: false,
      log: { format: 'json' },
      database: { migrateOnStart: false },
    })
  })

  it('production gives way to what is said', () => {
    const said = {
      HOST: '::1',
      INTROSPECTION: 'true',
      GRAPHIQL: 'true',
      LOG_FORMAT: 'pretty',
      MIGRATE_ON_START: 'true',
    }
    expect(parseConfig({ ...production, ...said })).toMatchObject({
      host: '::1',
      introspection: true,
      graphiql: true,
      log: { format: 'pretty' },
      database: { migrateOnStart: true },
    })
  })

  it('test is as development', () => {
    expect(parseConfig({ NODE_ENV: 'test' })).toEqual({ ...parseConfig({}), mode: 'test' })
  })

  it('takes the owner of a database for its server, unless it is said', () => {
    const url = 'postgresql://server@db.example/shop'
    const ownerUrl = 'postgresql://owner@db.example/shop'
    expect(parseConfig({ DATABASE_URL: url }).database).toMatchObject({ url, ownerUrl: url })
    expect(parseConfig({ DATABASE_URL: url, MIGRATE_DATABASE_URL: ownerUrl }).database).toMatchObject({ url, ownerUrl })
    expect(faultsOf({ MIGRATE_DATABASE_URL: ownerUrl })).toEqual([
      'MIGRATE_DATABASE_URL: needs DATABASE_URL, which names the role of the server',
    ])
  })

  it('leaves a database that is not ours unmigrated', () => {
    expect(parseConfig({ DATABASE_URL: 'postgres://x/y' }).database.migrateOnStart).toBe(false)
  })

  it.each(required)('production requires %s, which no other does', (name) => {
    expect(faultsOf({ ...production, [name]: undefined })).toEqual([`${name}: required in production`])
    expect(faultsOf({ ...production, [name]: '' })).toEqual([`${name}: required in production`])
    expect(faultsOf({ ...production, [name]: undefined, NODE_ENV: 'test' })).toEqual([])
  })
})

const wrong: Record<Exclude<keyof typeof settings, 'HOST' | 'DATA_DIR' | 'CORS_ORIGINS'>, string[]> = {
  NODE_ENV: ['staging', 'Production'],
  PORT: ['-1', '65536', '80.5', 'http', 'NaN'],
  DATABASE_URL: ['mysql://u:canary@h/d', 'canary', 'https://canary.example'],
  MIGRATE_DATABASE_URL: ['mysql://u:canary@h/d', 'canary'],
  DATABASE_POOL_SIZE: ['0', '1001', 'Infinity'],
  DATABASE_POOL_WAIT_MS: ['0', '5s'],
  DATABASE_STATEMENT_TIMEOUT_MS: ['0', '-5'],
  MIGRATE_ON_START: ['yes', '1', 'TRUE'],
  AUTH_JWKS_URL: ['file:///canary', 'id.example/canary'],
  AUTH_ISSUER: [],
  AUTH_AUDIENCE: [],
  CURSOR_SECRET: ['canary-too-short', 'x'.repeat(31)],
  INTROSPECTION: ['on'],
  GRAPHIQL: ['off'],
  MAX_BODY_BYTES: ['0', '256kb'],
  MAX_TOKENS: ['0', 'many'],
  MAX_DEPTH: ['0', '1.5'],
  MAX_ALIASES: ['-1'],
  MAX_DIRECTIVES: ['none'],
  MAX_COST: ['0', 'free'],
  LOG_LEVEL: ['verbose', 'INFO'],
  LOG_FORMAT: ['xml'],
  DRAIN_TIMEOUT_MS: ['0', 'soon'],
}
const cases = Object.entries(wrong).flatMap(([name, values]) => values.map((value) => ({ name, value })))

describe('a fault', () => {
  it.each(cases)('is $name=$value', ({ name, value }) => {
    expect(variablesOf(faultsOf({ [name]: value }))).toEqual([name])
  })

  it('is reported together with every other, those of production too', () => {
    const faulty = Object.entries(wrong).flatMap(([name, [value]]) => (value ? [[name, value] as const] : []))
    expect(variablesOf(faultsOf(Object.fromEntries(faulty)))).toEqual(faulty.map(([name]) => name).sort())

    const env = { NODE_ENV: 'production', PORT: 'http', LOG_LEVEL: 'loud', CURSOR_SECRET: 'short' }
    const missing = required.filter((name) => name !== 'CURSOR_SECRET')
    expect(variablesOf(faultsOf(env))).toEqual([...missing, 'CURSOR_SECRET', 'LOG_LEVEL', 'PORT'].sort())
  })

  it('never repeats a value, which may be a secret', () => {
    const canary = 'c4n4ry-5ecret'
    const env = Object.fromEntries(cases.map(({ name }) => [name, canary]))
    const faults = faultsOf(env)
    expect(faults.length).toBeGreaterThan(15)
    expect(faults.join('\n')).not.toContain(canary)
    expect(faultsOf({ DATABASE_URL: `mysql://u:${canary}@h/d` }).join()).not.toContain(canary)
  })
})

describe('a configuration', () => {
  it('is frozen, down to its lists', () => {
    const config = parseConfig({ CORS_ORIGINS: 'https://a.example' })
    for (const part of [config, ...Object.values(config).filter((value) => typeof value === 'object')]) {
      expect(Object.isFrozen(part), JSON.stringify(part)).toBe(true)
    }
  })

  it('takes a list apart at its commas', () => {
    const { corsOrigins } = parseConfig({ CORS_ORIGINS: ' https://a.example, ,https://b.example:8443 ,' })
    expect(corsOrigins).toEqual(['https://a.example', 'https://b.example:8443'])
  })

  it('pays no attention to variables it does not know', () => {
    expect(parseConfig({ HOME: '/root', PORTS: 'x', __proto__: 'x' })).toEqual(parseConfig({}))
  })
})
