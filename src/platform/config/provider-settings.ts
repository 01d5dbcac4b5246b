import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Asymmetric algorithms only: with HMAC the published key would be the signing key. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const

const text = z.string().min(1)
const path = z.array(text).min(1)
const claim = z.union([text, path, z.strictObject({ value: z.union([z.string(), z.array(z.string())]) })])

/** Where a token has a value: under a name, under nested names, or nowhere, because it is the same for all tokens. */
export type Claim = z.infer<typeof claim>

const claims = z.strictObject({
  id: claim.default('sub'),
  kind: claim.default('kind'),
  roles: claim.default('roles'),
  scopes: claim.default('scope'),
})

/** An OpenID Connect provider whose tokens the server accepts. */
export const providerSettings = z.strictObject({
  /** The exact `iss` of its tokens. */
  issuer: text,
  /** One of these must be in the `aud` of a token. An ID token has its client there, so the API needs a name of its own. */
  audience: z.union([text.transform((one) => [one]), path]),
  /** The URL of its keys; without it the discovery document names them. */
  jwksUrl: z.url({ protocol: /^https?$/ }).optional(),
  algorithms: z
    .array(z.enum(algorithms))
    .min(1)
    .default([...algorithms]),
  /** The accepted difference between its clock and the server's. */
  clockToleranceSeconds: z.number().min(0).max(300).default(5),
  /** Accepts only access tokens as in RFC 9068. Not the default, because many providers use the type `JWT`. */
  tokenType: z.literal('at+jwt').optional(),
  claims: claims.default(claims.parse({})),
  /** The domain's role by the provider's role name. */
  roleNames: z.record(z.string(), z.string()).optional(),
  /** A prefix for the ids of its viewers, where another provider could use the same id for someone else. */
  idPrefix: z.string().default(''),
})

export type ProviderSettings = z.infer<typeof providerSettings>

const remoteProvider = providerSettings.refine(
  ({ issuer, jwksUrl }) => jwksUrl !== undefined || URL.parse(issuer)?.protocol.match(/^https?:$/),
  { path: ['jwksUrl'], message: 'needed, since the issuer is no URL below which it could be found' },
)

const providerList = z
  .array(remoteProvider)
  .min(1)
  .refine((providers) => new Set(providers.map(({ issuer }) => issuer)).size === providers.length, {
    message: 'two providers have one issuer',
  })

/** Providers as JSON, or as the path of a JSON file. An error reports where it is, and never a value. */
export const providersFromText = z.string().transform((given, context): ProviderSettings[] => {
  const parsed = providerList.safeParse(read(given, (message) => context.addIssue({ code: 'custom', message })))
  if (parsed.success) return parsed.data
  if (context.issues.length > 0) return z.NEVER
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: 'custom', message: path.length === 0 ? message : `${path.join('.')}: ${message}` })
  }
  return z.NEVER
})

function read(given: string, report: (message: string) => void): unknown {
  const json = given.trim().startsWith('[') ? given : fileText(given)
  if (json === undefined) return report('neither a JSON array nor a file that can be read')
  try {
    return JSON.parse(json)
  } catch {
    return report('not JSON')
  }
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
