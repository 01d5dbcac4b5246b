import { inspect, type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import pg from 'pg'
import { ConfigError, processEnvironment } from '../src/platform/config/config.ts'
import { EmbeddedDatabaseError } from '../src/platform/database/embedded-files.ts'
import { isRefusedSession } from '../src/platform/database/find-pooler.ts'
import { OwnerMustGrant } from '../src/platform/database/owner-grants.ts'

/** An error of the command line. */
export class UsageError extends Error {}

/** A command of package.json, as a function of its arguments and environment. */
export interface Command {
  usage: string
  /** Returns the text to print at the end. */
  run(args: string[], env: NodeJS.ProcessEnv): Promise<string>
}

interface Outcome {
  code: 0 | 1
  stdout: string
  stderr: string
}

/**
 * The outcome of a command, or its usage for `--help`. An error that the user can correct is one clear sentence; any
 * other error has its stack.
 */
export async function outcomeOf({ usage, run }: Command, args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  if (args.some((argument) => argument === '--help' || argument === '-h')) return { code: 0, stdout: usage, stderr: '' }
  try {
    return { code: 0, stdout: await run(args, env), stderr: '' }
  } catch (error) {
    return { code: 1, stdout: '', stderr: complaint(error, usage) }
  }
}

/** Runs a command as this process. */
export async function runCommand({ usage, run }: Command): Promise<void> {
  const command = { usage, run: (args: string[]) => run(args, processEnvironment()) }
  const { code, stdout, stderr } = await outcomeOf(command, process.argv.slice(2), {})
  if (stdout !== '') console.log(stdout)
  if (stderr !== '') console.error(stderr)
  if (code !== 0) process.exitCode = code
}

/** Runs a script that prints as it goes on. */
export function runScript(usage: string, main: () => Promise<void>): Promise<void> {
  return runCommand({ usage, run: () => main().then(() => '') })
}

function complaint(error: unknown, usage: string): string {
  if (error instanceof UsageError) return `\n${error.message}\n\n${usage}`
  if (isRefusedSession(error))
    return '\nThe URL leads through a pooler: set MIGRATE_DATABASE_URL or DATABASE_DIRECT_URL.'
  const known = [ConfigError, EmbeddedDatabaseError, OwnerMustGrant].some((kind) => error instanceof kind)
  const plain = error instanceof Error && error.constructor === Error
  return error instanceof Error && (known || plain || isRefusedLogin(error)) ? `\n${error.message}` : inspect(error)
}

/** The options on the command line. Any other argument is an error. */
export function readOptions<T extends ParseArgsOptionsConfig>(options: T, args = process.argv.slice(2)) {
  return parsed({ args, options, strict: true, allowPositionals: false }).values
}

/** The options on the command line, and the arguments beside them. */
export function readArguments<T extends ParseArgsOptionsConfig>(options: T, args: string[]) {
  return parsed({ args, options, strict: true, allowPositionals: true })
}

function parsed<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config)
  } catch (error) {
    // Node's message continues with advice about shells.
    if (error instanceof TypeError) throw new UsageError(error.message.split(/\. |\n/, 1)[0])
    throw error
  }
}

/** The number in an option. */
export function countOption(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`${name} takes a whole number from 1 up.`)
}

/** Whether `--check` is given: then a script that writes a file only checks that it is current. */
export function onlyChecks(): boolean {
  return readOptions({ check: { type: 'boolean' } }).check ?? false
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: a missing role, password or database. */
function isRefusedLogin(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? '')
}
