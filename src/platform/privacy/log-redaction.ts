import type { LoggerOptions } from 'pino'
import { z } from 'zod'
import { requestScope } from '../execution/request-scope.ts'
import { redacted } from './sensitive-input.ts'

/** How deep causes are followed. */
const maxCauses = 5
const codePattern = /^\w{1,40}$/
const text = z.string().optional()
const plainCause = z.object({ message: text, originalMessage: text, originalCode: text })

interface LoggedError {
  type: string
  message: string
  code?: string
  stack?: string
  cause?: LoggedError
}

/**
 * Options of the log that keep out of it what has no business there. Of an error its type, message, code, stack and
 * cause are told, and none of what a driver hangs on it (whole rows, parameters); what the operation was given in
 * tagged inputs is taken out of them. Secrets are taken out of every line, however they came there.
 */
export function logRedaction(secrets: readonly string[] = []): Pick<LoggerOptions, 'serializers' | 'hooks'> {
  const known = secrets.filter((secret) => secret !== '')
  return {
    serializers: { err: (error: unknown) => loggedError(error) },
    hooks: { streamWrite: (line) => known.reduce(withoutText, withoutSecrets(line)) },
  }
}

function loggedError(error: unknown, causes = 0): LoggedError {
  if (!(error instanceof Error)) return otherThanError(error)
  const { message, stack, cause } = error
  return {
    type: error.constructor.name,
    message: withoutInput(message),
    ...('code' in error && codePattern.test(String(error.code)) ? { code: String(error.code) } : {}),
    ...(stack === undefined ? {} : { stack: withoutInput(stack) }),
    ...(cause === undefined || causes === maxCauses ? {} : { cause: loggedError(cause, causes + 1) }),
  }
}

/** The driver's adapter gives its causes as plain objects. */
function otherThanError(thrown: unknown): LoggedError {
  const { message, originalMessage, originalCode } = plainCause.safeParse(thrown).data ?? {}
  return {
    type: typeof thrown,
    message: withoutInput(originalMessage ?? message ?? (typeof thrown === 'object' ? '' : String(thrown))),
    ...(originalCode !== undefined && codePattern.test(originalCode) ? { code: originalCode } : {}),
  }
}

function withoutInput(text: string): string {
  return withoutRows(requestScope.getStore()?.input?.redact(text) ?? text)
}

/** PostgreSQL repeats whole rows and keys, in the language of its messages: https://www.postgresql.org/docs/current/protocol-error-fields.html */
function withoutRows(text: string): string {
  return text
    .replace(/(Failing row contains \()[\s\S]*?(?=\n\s+at |$)/g, `$1${redacted})`)
    .replace(/(Key \([^)]*\)=\()[\s\S]*?(?=\) (?:already|is|conflicts)|\n\s+at |$)/g, `$1${redacted}`)
}

/** A JWT, one of our API keys, what stands in an Authorization header, the password of a connection string, and fields so named. */
const secretPatterns: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, redacted],
  [/\bfdk_[\w-]{8,}/g, redacted],
  [/\b(Bearer|Basic) +[^\s"'\\]+/gi, `$1 ${redacted}`],
  [/(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@"'\\]*):[^\s@/?#"'\\]+@/gi, `$1:${redacted}@`],
  [/"(authorization|cookie|password|secret|token)":"(?:[^"\\]|\\.)*"/gi, `"$1":"${redacted}"`],
]

/** Without any of these beginnings a line has no secret: most lines are looked through once. */
const secretSigns = /eyJ|fdk_|bearer|basic|:\/\/|authorization|cookie|password|secret|token/i

function withoutSecrets(line: string): string {
  if (!secretSigns.test(line)) return line
  return secretPatterns.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line)
}

function withoutText(line: string, secret: string): string {
  return line.replaceAll(secret, redacted)
}
