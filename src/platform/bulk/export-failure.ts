import { z } from 'zod'
import { type ErrorCode, isHidden } from '../errors.ts'
import type { ExchangeResponse } from '../http/exchange.ts'

/** Why an export does not go on. */
export class ExportFailure extends Error {
  readonly code: string
  /** Whether another run may succeed. */
  readonly isPassing: boolean

  constructor(code: string, message: string, isPassing = false) {
    super(message)
    this.code = code
    this.isPassing = isPassing
  }
}

const refused = z.object({
  errors: z
    .tuple([z.object({ message: z.string(), extensions: z.object({ code: z.custom<ErrorCode>(isText) }) })])
    .rest(z.unknown()),
})

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

/** Another service may answer the next run, as the database may. */
function isWorthRepeating(code: ErrorCode): boolean {
  return isHidden(code) || code === 'UPSTREAM_UNAVAILABLE'
}

/** What the response to a page without rows says. */
export function failureIn(response: ExchangeResponse | undefined): ExportFailure {
  const parsed = refused.safeParse(response && JSON.parse(response.body))
  if (!parsed.success) return new ExportFailure('INTERNAL_SERVER_ERROR', 'Unexpected error.', true)
  const { message, extensions } = parsed.data.errors[0]
  return new ExportFailure(extensions.code, message, isWorthRepeating(extensions.code))
}
