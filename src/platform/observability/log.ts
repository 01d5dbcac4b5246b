import type { Writable } from 'node:stream'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config/config.ts'
import { logRedaction } from '../privacy/log-redaction.ts'

export type Log = pino.Logger

/** Lines that come within this time are written together: a system call for each would cost more than making it. */
const gatherMs = 50
const gatheredBytes = 8192

/**
 * One JSON object a line, or lines for people; to the standard output, or elsewhere. Nothing here is given variables,
 * tokens or personal data to write, and what an error brings along of them is taken out.
 */
export function createLog(
  { log, cursorSecret, database }: Pick<Config, 'log' | 'cursorSecret' | 'database'>,
  elsewhere?: Writable,
): Log {
  const password = database.url === undefined ? '' : decodeURIComponent(new URL(database.url).password)
  const options: pino.LoggerOptions = {
    level: log.level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    ...logRedaction([cursorSecret ?? '', password]),
  }
  if (log.format === 'json') return elsewhere ? pino(options, elsewhere) : gathering(options)
  return pino(
    options,
    pretty({
      ...{ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' },
      ...(elsewhere && { destination: elsewhere }),
    }),
  )
}

/** What still waits when the process ends, also by a fault, is written then. */
function gathering(options: pino.LoggerOptions): Log {
  const log = pino(options, pino.destination({ sync: false, minLength: gatheredBytes }))
  setInterval(() => log.flush(), gatherMs).unref()
  return log
}
