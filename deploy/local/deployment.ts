import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { freePort } from '../../test/support/free-port.ts'
import { serviceOf } from './compose-file.ts'
import { atPort, migrate, postgresPrograms, startPgbouncer, startPostgres } from './database.ts'
import { startIssuer } from './issuer.ts'
import type { Programs } from './programs.ts'

const deploy = join(import.meta.dirname, '..')
const server = ['--import', './scripts/require-node.js', 'src/main.ts']
const needed = ['pgbouncer', 'redis-server', 'haproxy', 'openssl']
/** Of deploy/compose.yaml. */
const replicas = ['replica-1', 'replica-2'] as const

type Replica = (typeof replicas)[number]

/** Two replicas behind the balancer. */
export interface Deployment {
  /** Of the balancer: `https://localhost:8443`. */
  url: string
  /** Of the balancer, without TLS. */
  plainUrl: string
  /** What signs the balancer's certificate: a file. */
  certificate: string
  token: string
  replicas: readonly { name: Replica; url: string; metricsUrl: string }[]
  /** Stops one as a supervisor does, and resolves with its exit status. */
  stop(name: Replica): Promise<number | null>
  /** Resolves once it is ready. */
  start(name: Replica): Promise<void>
}

/** What this machine lacks, as names of programs. */
export function missingPrograms(): string[] {
  const missing = needed.filter((program) => spawnSync('which', [program]).status !== 0)
  return postgresPrograms() === undefined ? ['postgresql', ...missing] : missing
}

/** Starts what deploy/compose.yaml describes, with its settings and files, from the programs of this machine. */
export async function startDeployment(programs: Programs, say: (text: string) => void): Promise<Deployment> {
  const secrets = join(programs.folder, 'secrets')
  const ports = await freePorts()

  say('secrets and a certificate: deploy/make-secrets')
  await programs.run('make-secrets', join(deploy, 'make-secrets'), [secrets])
  say(`PostgreSQL on port ${ports.postgres}, with an owner role and the role of the server`)
  await startPostgres(programs, postgresPrograms() ?? '', secrets, ports.postgres)
  say('migrations')
  await migrate(programs, secrets, ports.postgres)
  say(`PgBouncer on port ${ports.pgbouncer}, in transaction mode`)
  await startPgbouncer(programs, secrets, { own: ports.pgbouncer, postgres: ports.postgres })
  await programs.until('pgbouncer', () => accepts(ports.pgbouncer))
  say(`Redis on port ${ports.redis}`)
  const [redis = '', ...redisArgs] = serviceOf('redis').command
  programs.start('redis', redis, [...redisArgs, '--bind', '127.0.0.1', '--port', String(ports.redis)])
  await programs.until('redis', () => accepts(ports.redis))

  const { settings, token } = await startIssuer(ports.issuer)
  const files = join(programs.folder, 'files')
  await mkdir(files)
  const start = async (name: Replica) => {
    const { DATABASE_URL, DATABASE_DIRECT_URL } = parseEnv(readFileSync(join(secrets, 'server.env'), 'utf8'))
    programs.start(name, process.execPath, server, {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      ...serviceOf(name).environment,
      ...settings,
      ENV_FILE: join(secrets, 'server.env'),
      DATABASE_URL: atPort(DATABASE_URL, ports.pgbouncer),
      DATABASE_DIRECT_URL: atPort(DATABASE_DIRECT_URL, ports.postgres),
      REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
      BULK_FILES: files,
      ...{ HOST: '127.0.0.1', PORT: String(ports[name]) },
      ...{ METRICS_HOST: '127.0.0.1', METRICS_PORT: String(ports[`${name}-metrics`]) },
    })
    await programs.until(name, () => isReady(`http://127.0.0.1:${ports[name]}`))
  }
  say(`two replicas on ports ${ports['replica-1']} and ${ports['replica-2']}, in production mode`)
  await Promise.all(replicas.map(start))

  say(`HAProxy on port ${ports.https}, with TLS`)
  const certificate = join(secrets, 'tls.pem')
  programs.start('haproxy', 'haproxy', ['-db', '-f', join(deploy, 'haproxy/haproxy.cfg')], {
    ...process.env,
    ...{ HTTPS_PORT: String(ports.https), HTTP_PORT: String(ports.http), CERTIFICATE: certificate },
    ...{ REPLICA_1: `127.0.0.1:${ports['replica-1']}`, REPLICA_2: `127.0.0.1:${ports['replica-2']}` },
  })
  await programs.until('haproxy', () => accepts(ports.https))

  return {
    url: `https://localhost:${ports.https}`,
    plainUrl: `http://localhost:${ports.http}`,
    certificate,
    token,
    replicas: replicas.map((name) => ({
      name,
      url: `http://127.0.0.1:${ports[name]}`,
      metricsUrl: `http://127.0.0.1:${ports[`${name}-metrics`]}/metrics`,
    })),
    stop: (name) => programs.stop(name),
    start,
  }
}

async function freePorts() {
  const next = () => freePort()
  return {
    ...{ postgres: await next(), pgbouncer: await next(), redis: await next(), issuer: await next() },
    ...{ 'replica-1': await next(), 'replica-1-metrics': await next() },
    ...{ 'replica-2': await next(), 'replica-2-metrics': await next() },
    ...{ https: await next(), http: await next() },
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
