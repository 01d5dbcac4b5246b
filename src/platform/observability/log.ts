import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config.ts'

export type Log = pino.Logger

/** One JSON object a line, or lines for people. Nothing here is given variables, tokens or personal data to write. */
export function createLog({ log }: Pick<Config, 'log'>): Log {
  const options: pino.LoggerOptions = { level: log.level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }
  if (log.format === 'json') return pino(options)
  return pino(
    options,
    pretty({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' }),
  )
}
