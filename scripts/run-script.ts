import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import pg from 'pg'
import { ConfigError } from '../src/platform/config.ts'
import { EmbeddedDatabaseError } from '../src/platform/database/embedded-files.ts'

/** What is wrong with the command line. */
export class UsageError extends Error {}

/**
 * Runs a command, or tells its usage where that is asked for: a fault the caller can mend is one clear sentence, any
 * other keeps its stack.
 */
export async function runScript(usage: string, main: () => Promise<void>): Promise<void> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return console.log(usage)
  try {
    await main()
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof EmbeddedDatabaseError || isRefusedLogin(error)
    const plain = error instanceof Error && error.constructor === Error
    if (error instanceof UsageError) console.error(`\n${error.message}\n\n${usage}`)
    else console.error(expected || plain ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

/** What the command line says, with these options and no other argument. */
export function readOptions<T extends ParseArgsOptionsConfig>(options: T, args = process.argv.slice(2)) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    // Node's own words go on with advice on shells.
    if (error instanceof TypeError) throw new UsageError(error.message.split(/\. |\n/, 1)[0])
    throw error
  }
}

/** How many of something an option asks for. */
export function countOption(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`${name} takes a whole number from 1 up.`)
}

/** Of commands that write a file from the code: whether only to look if it is current. */
export function onlyChecks(): boolean {
  return readOptions({ check: { type: 'boolean' } }).check ?? false
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: a role, password or database that is not there. */
function isRefusedLogin(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? '')
}
