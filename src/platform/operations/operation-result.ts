import { z } from 'zod'
import type { OperationAnswer } from './operation-answer.ts'

/** The GraphQL response of an operation, as text. */
export const operationResponse = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({
          code: z.string(),
          requestId: z.string(),
          traceId: z.string().optional(),
          retryAfterSeconds: z.number().optional(),
        }),
      }),
    )
    .optional(),
})
export type ResponseErrors = NonNullable<z.infer<typeof operationResponse>['errors']>

const userErrors = z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) }))
const payload = z.looseObject({ userErrors, replayed: z.boolean().optional() })
/** As it is: a schema of the nodes would copy each of them. */
const node = z.custom<object>((value) => typeof value === 'object' && value !== null)
const page = z.object({
  edges: z.array(z.object({ node })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  totalCount: z.number().optional(),
})

/** What the root field of an operation gave, without the envelope. */
export type OperationResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'page'
      readonly value: readonly object[]
      /** The cursor behind a page that has a next one. */
      readonly next: string | undefined
      readonly total: number | undefined
    }
  | { readonly kind: 'changed'; readonly value: unknown; readonly replayed: boolean | undefined }
  | { readonly kind: 'refused'; readonly userErrors: z.infer<typeof userErrors> }

/** Takes the envelope of GraphQL away. Throws where the value is not what the operation selects. */
export function operationResult(answer: OperationAnswer, value: unknown): OperationResult {
  if (answer.kind === 'payload') return ofPayload(answer, payload.parse(value))
  if (value === null || value === undefined) return { kind: 'absent' }
  if (answer.kind === 'value') return { kind: 'value', value }
  const { edges, pageInfo, totalCount } = page.parse(value)
  const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined
  return { kind: 'page', value: edges.map((edge) => edge.node), next, total: totalCount }
}

function ofPayload(
  { changed }: Extract<OperationAnswer, { kind: 'payload' }>,
  { userErrors: refused, replayed, ...done }: z.infer<typeof payload>,
): OperationResult {
  if (refused.length > 0) return { kind: 'refused', userErrors: refused }
  const [only, ...others] = changed
  const value =
    only && others.length === 0 ? done[only.key] : Object.fromEntries(changed.map(({ key }) => [key, done[key]]))
  return { kind: 'changed', value: value ?? null, replayed }
}
