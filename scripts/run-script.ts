import pg from 'pg'
import { ConfigError } from '../src/platform/config.ts'
import { EmbeddedDatabaseError } from '../src/platform/database/embedded-files.ts'

/** Runs a command: a fault the caller can mend is one clear sentence, any other keeps its stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof EmbeddedDatabaseError || isRefusedLogin(error)
    const plain = error instanceof Error && error.constructor === Error
    console.error(expected || plain ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: a role, password or database that is not there. */
function isRefusedLogin(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(28|3D)/.test(error.code ?? '')
}
