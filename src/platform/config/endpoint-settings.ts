import { z } from 'zod'
import { settings } from './settings.ts'

/** Settings that an endpoint of an audience may have for itself: `PARTNER_MAX_COST` in the place of `MAX_COST`. */
export const endpointSettings = [
  'CORS_ORIGINS',
  'GRAPHIQL',
  'INTROSPECTION',
  'LANDING_PAGE',
  'MAX_ALIASES',
  'MAX_BODY_BYTES',
  'MAX_COST',
  'MAX_DEPTH',
  'MAX_DIRECTIVES',
  'MAX_MUTATIONS',
  'MAX_PAGE_SIZE',
  'MAX_STREAMS',
  'MAX_STREAMS_PER_VIEWER',
  'MAX_TOKENS',
  'RATE_LIMIT_ANONYMOUS_CAPACITY',
  'RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND',
  'RATE_LIMIT_CAPACITY',
  'RATE_LIMIT_RESTORE_PER_SECOND',
  'TRUSTED_DOCUMENTS',
  'TRUSTED_DOCUMENTS_PATH',
] as const satisfies (keyof typeof settings)[]

type Name = (typeof endpointSettings)[number]

const environment = z
  .object({ ...settings })
  .pick(Object.fromEntries(endpointSettings.map((name) => [name, true])) as Record<Name, true>)
export type EndpointEnvironment = z.infer<typeof environment>

/** The values as they are given, of the server and of all endpoints, by the whole name. */
export function givenForEndpoints(env: Record<string, string | undefined>): Record<string, string> {
  const isOne = (name: string) => endpointSettings.some((each) => name === each || name.endsWith(`_${each}`))
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && isOne(name) ? [[name, value]] : [])),
  )
}

/** The settings of one endpoint, or what is wrong with them. */
export function endpointEnvironment(
  given: Readonly<Record<string, string>>,
  audience: string,
): { env: EndpointEnvironment } | { errors: string[] } {
  const prefix = prefixOf(audience)
  const own = endpointSettings.map((name): [Name, string | undefined] => [name, given[prefix + name] ?? given[name]])
  const { data, error } = environment.safeParse(Object.fromEntries(own))
  if (error) return { errors: error.issues.map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`) }
  if (data.TRUSTED_DOCUMENTS === 'enforce' && data.TRUSTED_DOCUMENTS_PATH === undefined)
    return { errors: [`${prefix}TRUSTED_DOCUMENTS_PATH: required by ${prefix}TRUSTED_DOCUMENTS=enforce`] }
  return { env: data }
}

/** `BACK_OFFICE_` of `backOffice` */
function prefixOf(audience: string): string {
  return `${audience.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toUpperCase()}_`
}
