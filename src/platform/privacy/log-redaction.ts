import type { LoggerOptions } from 'pino'
import { z } from 'zod'
import { redacted } from './sensitive-input.ts'

/** How many causes are logged, at most. */
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
 * Log options that keep personal data and secrets out. Of an error they log type, message, code, stack and cause, and
 * none of the properties that a driver adds (whole rows, parameters). `redactInput` removes the values of tagged inputs
 * of the current request from those texts. Secrets are removed from every line.
 */
export function logRedaction(
  redactInput: (text: string) => string,
  secrets: readonly string[] = [],
): Pick<LoggerOptions, 'serializers' | 'hooks'> {
  const known = secrets.filter((secret) => secret !== '')
  const clean = (text: string) => withoutRows(redactInput(text))
  return {
    serializers: { err: (error: unknown) => loggedError(error, clean) },
    hooks: { streamWrite: (line) => known.reduce(withoutText, withoutSecrets(line)) },
  }
}

function loggedError(error: unknown, clean: (text: string) => string, causes = 0): LoggedError {
  if (!(error instanceof Error)) return loggedObject(error, clean)
  const { message, stack, cause } = error
  return {
    type: error.constructor.name,
    message: clean(message),
    ...('code' in error && codePattern.test(String(error.code)) ? { code: String(error.code) } : {}),
    ...(stack === undefined ? {} : { stack: clean(stack) }),
    ...(cause === undefined || causes === maxCauses ? {} : { cause: loggedError(cause, clean, causes + 1) }),
  }
}

/** The driver's adapter reports causes as plain objects. */
function loggedObject(thrown: unknown, clean: (text: string) => string): LoggedError {
  const { message, originalMessage, originalCode } = plainCause.safeParse(thrown).data ?? {}
  return {
    type: typeof thrown,
    message: clean(originalMessage ?? message ?? (typeof thrown === 'object' ? '' : String(thrown))),
    ...(originalCode !== undefined && codePattern.test(originalCode) ? { code: originalCode } : {}),
  }
}

/** PostgreSQL repeats whole rows and keys, in the language of its messages: https://www.postgresql.org/docs/current/protocol-error-fields.html */
function withoutRows(text: string): string {
  return text
    .replace(/(Failing row contains \()[\s\S]*?(?=\n\s+at |$)/g, `$1${redacted})`)
    .replace(/(Key \([^)]*\)=\()[\s\S]*?(?=\) (?:already|is|conflicts)|\n\s+at |$)/g, `$1${redacted}`)
}

/** JWTs, API keys, credentials of an Authorization header, passwords in connection strings, and fields with such names. */
const secretPatterns: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, redacted],
  [/\bfdk_[\w-]{8,}/g, redacted],
  [/\b(Bearer|Basic) +[^\s"'\\]+/gi, `$1 ${redacted}`],
  [/(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@"'\\]*):[^\s@/?#"'\\]+@/gi, `$1:${redacted}@`],
  [/"(authorization|cookie|password|secret|token)":"(?:[^"\\]|\\.)*"/gi, `"$1":"${redacted}"`],
]

/** A line without any of these has no secret: most lines are searched only once. */
const secretSigns = /eyJ|fdk_|bearer|basic|:\/\/|authorization|cookie|password|secret|token/i

function withoutSecrets(line: string): string {
  if (!secretSigns.test(line)) return line
  return secretPatterns.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line)
}

function withoutText(line: string, secret: string): string {
  return line.replaceAll(secret, redacted)
}
