import { ConfigError, parseConfig, processEnvironment } from './platform/config/config.ts'
import { EmbeddedDatabaseError } from './platform/database/embedded-files.ts'
import { OwnerMustGrant } from './platform/database/owner-grants.ts'
import { redactRequestInput } from './platform/execution/request-scope.ts'
import { createLog } from './platform/observability/log.ts'
import { domain } from './schema.ts'
import { serve } from './serve.ts'

const parent = process.ppid
const parentCheckMs = 1000

async function main(): Promise<void> {
  const config = parseConfig(processEnvironment(), domain.remoteSources)
  const log = createLog(config, redactRequestInput)
  await serve(config, log, { print: console.log, reasonToStop: () => reasonToStop(config.startedByNpm) })
}

/**
 * Resolves at the first signal to stop; a second signal exits at once. npm passes a SIGTERM to its shell, which exits
 * without passing it on, so the loss of the parent process counts as a signal too.
 */
function reasonToStop(startedByNpm: boolean): Promise<string> {
  return new Promise((done) => {
    const stop = (reason: string) => {
      done(reason)
      for (const again of ['SIGINT', 'SIGTERM'] as const) process.on(again, () => process.exit(1))
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    if (!startedByNpm) return
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      stop('npm, which started this, is gone')
    }, parentCheckMs).unref()
  })
}

main().catch((error: unknown) => {
  const expected = [ConfigError, EmbeddedDatabaseError, OwnerMustGrant].some((kind) => error instanceof kind)
  console.error(error instanceof Error && expected ? `\n${error.message}\n` : error)
  process.exitCode = 1
})
