import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { serviceOf } from './compose-file.ts'
import type { Programs } from './programs.ts'

const deploy = join(import.meta.dirname, '..')
const debian = '/usr/lib/postgresql'

/** The folder of the newest PostgreSQL's programs, as Debian installs them. */
export function postgresPrograms(): string | undefined {
  try {
    const versions = readdirSync(debian).filter((version) => /^\d+$/.test(version))
    const newest = versions.sort((one, other) => Number(other) - Number(one)).find(hasServer)
    return newest && programsOf(newest)
  } catch {
    return undefined
  }
}

function hasServer(version: string): boolean {
  return spawnSync(join(programsOf(version), 'initdb'), ['--version']).status === 0
}

function programsOf(version: string): string {
  return join(debian, version, 'bin')
}

/** PostgreSQL with the owner role, its database and the role of the server: what the image of PostgreSQL does. */
export async function startPostgres(programs: Programs, bin: string, secrets: string, port: number): Promise<void> {
  const { POSTGRES_USER: owner = '', POSTGRES_DB: database = '' } = serviceOf('postgres').environment
  const files = join(programs.folder, 'postgres')
  const password = join(secrets, 'owner-password')
  await programs.runUnprivileged('initdb', join(bin, 'initdb'), [
    ...['-D', files, '-U', owner, '-A', 'scram-sha-256', `--pwfile=${password}`],
    ...['-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ])
  programs.startUnprivileged('postgres', join(bin, 'postgres'), [
    ...['-D', files, '-p', String(port)],
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
  ])
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    ...{ PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: owner, PGPASSWORD: readFileSync(password, 'utf8') },
    ...{ POSTGRES_USER: owner, POSTGRES_DB: database, SERVER_PASSWORD_FILE: join(secrets, 'server-password') },
  }
  await programs.until('postgres', async () => spawnSync(join(bin, 'pg_isready'), ['-q'], { env }).status === 0)
  await programs.run('createdb', join(bin, 'createdb'), [database], env)
  await programs.run('role', join(deploy, 'postgres/create-server-role.sh'), [], env)
}

/** Applies the migrations with the command and the settings of deploy/compose.yaml. */
export async function migrate(programs: Programs, secrets: string, port: number): Promise<void> {
  const [, ...args] = serviceOf('migrate').command
  const { DATABASE_URL, MIGRATE_DATABASE_URL } = parseEnv(readFileSync(join(secrets, 'migrate.env'), 'utf8'))
  await programs.run('migrate', process.execPath, args, {
    PATH: process.env.PATH,
    ENV_FILE: join(secrets, 'migrate.env'),
    DATABASE_URL: atPort(DATABASE_URL, port),
    MIGRATE_DATABASE_URL: atPort(MIGRATE_DATABASE_URL, port),
  })
}

/** PgBouncer with deploy/pgbouncer/pgbouncer.ini, at the ports of this machine. */
export async function startPgbouncer(
  programs: Programs,
  secrets: string,
  ports: { own: number; postgres: number },
): Promise<void> {
  const version = execFileSync('pgbouncer', ['--version'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = /PgBouncer (\d+)\.(\d+)/.exec(version) ?? []
  const keepsStatements = Number(major) > 1 || Number(minor) >= 21
  const text = (await readFile(join(deploy, 'pgbouncer/pgbouncer.ini'), 'utf8'))
    .replace(/host=\S+ port=\d+/, `host=127.0.0.1 port=${ports.postgres}`)
    .replace(/^listen_addr = .*$/m, 'listen_addr = 127.0.0.1')
    .replace(/^listen_port = .*$/m, `listen_port = ${ports.own}`)
    .replace(/^auth_file = .*$/m, `auth_file = ${join(secrets, 'pgbouncer-users.txt')}`)
    .replace(/^max_prepared_statements = .*$/m, (line) => (keepsStatements ? line : ''))
  const file = join(programs.folder, 'pgbouncer.ini')
  await writeFile(file, text)
  programs.startUnprivileged('pgbouncer', 'pgbouncer', [file])
}

/** The same URL, on this machine. */
export function atPort(url: string | undefined, port: number): string {
  const moved = new URL(url ?? '')
  moved.hostname = '127.0.0.1'
  moved.port = String(port)
  return moved.href
}
