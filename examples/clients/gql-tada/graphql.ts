import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './generated/introspection.d.ts'

/** Documents with types that TypeScript infers from their text. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: {
    ID: string
    CountryCode: string
    CurrencyCode: string
    Date: string
    DateTime: string
    Decimal: string
    EmailAddress: string
    JSONObject: Record<string, unknown>
    TimeZone: string
  }
}>()

export { readFragment } from 'gql.tada'
