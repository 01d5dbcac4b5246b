import { ConfigError } from '../src/platform/config.ts'
import { EmbeddedDatabaseError } from '../src/platform/database/embedded-files.ts'

/** Runs a command: a fault the caller can mend is one clear sentence, any other keeps its stack. */
export async function runScript(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof EmbeddedDatabaseError
    const plain = error instanceof Error && error.constructor === Error
    console.error(expected || plain ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}
