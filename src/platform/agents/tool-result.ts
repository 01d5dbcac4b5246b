import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from '../errors.ts'
import type { ExchangeResponse } from '../http/exchange.ts'
import { inputPlace } from '../operations/input-place.ts'
import type { ToolOperation } from './tool.ts'

/** What became of a call. */
export interface ToolResult {
  readonly isError: boolean
  readonly outcome: 'DONE' | 'REFUSED' | 'DENIED' | 'FAILED'
  /** Of errors and user errors. */
  readonly codes: readonly string[]
  readonly shown: Readonly<Record<string, unknown>>
}

const responseShape = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.looseObject({ code: z.string(), retryAfterSeconds: z.number().optional() }),
      }),
    )
    .optional(),
})
const page = z.object({
  edges: z.array(z.object({ node: z.unknown() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  totalCount: z.number().optional(),
})
const payload = z.looseObject({
  userErrors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })),
  replayed: z.boolean().optional(),
})

/** Reads the GraphQL response of a tool's operation. */
export function toolResult({ tool: { answer } }: ToolOperation, { body }: ExchangeResponse): ToolResult {
  const { data, errors = [] } = responseShape.parse(JSON.parse(body))
  const codes = [...new Set(errors.map(({ extensions }) => extensions.code))]
  const value = data?.[answer.root.key] ?? null
  if (value === null && errors.length > 0) {
    const told = errors.map(({ message, extensions: { code, retryAfterSeconds } }) => ({
      code,
      message,
      retryAfterSeconds,
    }))
    return refusal(codes, { errors: told })
  }
  const withheld = codes.length > 0 ? { withheld: codes } : {}
  if (answer.kind === 'payload') return ofPayload(answer, payload.parse(value), withheld)
  const shown = answer.kind === 'page' && value !== null ? ofPage(page.parse(value)) : { data: value }
  return { isError: false, outcome: outcomeOf(codes), codes, shown: { ...shown, ...withheld } }
}

export function refusal(codes: readonly string[], shown: ToolResult['shown']): ToolResult {
  return { isError: true, outcome: codes.length > 0 ? outcomeOf(codes) : 'REFUSED', codes, shown }
}

function ofPage({ edges, pageInfo, totalCount }: z.infer<typeof page>) {
  const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined
  return { data: edges.map(({ node }) => node), next, total: totalCount }
}

function ofPayload(
  answer: Extract<ToolOperation['answer'], { kind: 'payload' }>,
  { userErrors, replayed, ...done }: z.infer<typeof payload>,
  withheld: object,
): ToolResult {
  if (userErrors.length > 0) {
    const told = userErrors.map(({ code, message, path }) => {
      const place = inputPlace({ answer }, path)
      return { code, message, ...(place && { argument: [place.variable, ...place.path].join('.') }) }
    })
    return { isError: true, outcome: 'REFUSED', codes: userErrors.map(({ code }) => code), shown: { errors: told } }
  }
  const [only, ...others] = answer.changed
  const data = only && others.length === 0 ? (done[only.key] ?? null) : done
  return { isError: false, outcome: 'DONE', codes: [], shown: { data, replayed, ...withheld } }
}

function outcomeOf(codes: readonly string[]): ToolResult['outcome'] {
  if (codes.length === 0) return 'DONE'
  if (codes.some((code) => statusOf(code) >= 500)) return 'FAILED'
  return codes.some((code) => code === 'FORBIDDEN' || code === 'UNAUTHENTICATED') ? 'DENIED' : 'REFUSED'
}

function statusOf(code: string): number {
  return Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as ErrorCode].status : 500
}
