import type { Writable } from 'node:stream'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config/config.ts'
import { logRedaction } from '../privacy/log-redaction.ts'

export type Log = pino.Logger

/** Lines within this time are written together: one system call a line would cost more than the line itself. */
const batchMs = 50
const batchLength = 8192

let latest = { at: 0, text: '' }

/** As pino's isoTime. Lines of one millisecond share the text, which costs more than the rest of the line's values. */
function timestamp(): string {
  const at = Date.now()
  if (at !== latest.at) latest = { at, text: `,"time":"${new Date(at).toISOString()}"` }
  return latest.text
}

/**
 * Logs one JSON object a line, or lines for people, to the standard output or to `destination`. Callers log no variables,
 * tokens or personal data; `redactInput` removes what an error message repeats of the current request's input.
 */
export function createLog(
  { log, cursorSecret, database }: Pick<Config, 'log' | 'cursorSecret' | 'database'>,
  redactInput: (text: string) => string,
  destination?: Writable,
): Log {
  const passwords = [database.url, database.directUrl].map((url) =>
    url === undefined ? '' : decodeURIComponent(new URL(url).password),
  )
  const options: pino.LoggerOptions = {
    level: log.level,
    base: undefined,
    timestamp,
    ...logRedaction(redactInput, [cursorSecret ?? '', ...passwords]),
  }
  if (log.format === 'json') return destination ? pino(options, destination) : batching(options)
  return pino(
    options,
    pretty({
      ...{ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' },
      ...(destination && { destination }),
    }),
  )
}

/**
 * Waiting lines are joined once, because pino's own destination measures all of them with each new one. They are written
 * when the process exits, also after an uncaught error.
 */
function batching(options: pino.LoggerOptions): Log {
  const output = pino.destination({ sync: false })
  const lines: string[] = []
  let length = 0
  const flush = () => {
    if (lines.length > 0) output.write(lines.splice(0).join(''))
    length = 0
  }
  const write = (line: string) => {
    lines.push(line)
    length += line.length
    if (length >= batchLength) flush()
  }
  setInterval(flush, batchMs).unref()
  process.once('exit', () => {
    flush()
    output.flushSync()
  })
  return pino(options, { write })
}
