import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { clientError, requestError } from '../errors.ts'
import { anonymous, type Viewer } from './viewer.ts'

/** What a token says, once its signature, issuer, audience and times are right. */
const claims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  kind: z.string().min(1),
  roles: z.array(z.string()).default([]),
})

export type Claims = z.infer<typeof claims>

export interface AuthenticatorOptions {
  keys: JWTVerifyGetKey
  issuer: string
  audience: string
  /** The domain's reading of the claims; undefined where they make no viewer. */
  toViewer: (claims: Claims) => Viewer | undefined
}

/** Asymmetric ones only: with HMAC a published key would be a signing key. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const clockToleranceSeconds = 5
/** How long keys are known, and then what they signed: after twice that, a key that was withdrawn is no longer taken. */
const trustMs = 60_000
const maxCachedTokens = 10_000
const maxTokenLength = 8192

/** Turns the `Authorization` header into a viewer. A refused token is an error, never an anonymous viewer. */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  /** Verified tokens for as long as the keys are: a signature check costs more than many a query. */
  readonly #verified = new Map<string, { viewer: Viewer; expiresAt: number }>()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /** Whether `viewer` would answer at once, from what is remembered. */
  isKnown(authorization: string): boolean {
    const known = this.#verified.get(tokenIn(authorization) ?? '')
    return known !== undefined && known.expiresAt > Date.now()
  }

  viewer(authorization: string | null): Viewer | Promise<Viewer> {
    if (authorization === null) return anonymous
    const token = tokenIn(authorization)
    if (!token || token.length > maxTokenLength) throw refused('The Authorization header must be "Bearer <JWT>".')
    const known = this.#verified.get(token)
    if (known && known.expiresAt > Date.now()) return known.viewer
    return this.#verify(token)
  }

  async #verify(token: string): Promise<Viewer> {
    this.#verified.delete(token)
    const { keys, issuer, audience } = this.#options
    const options = {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    }
    const verified = await jwtVerify(token, keys, options).catch((error: unknown) => {
      throw isKeyFault(error) ? uncheckable(error) : refused(reason(error))
    })
    const parsed = claims.safeParse(verified.payload)
    const viewer = parsed.success ? this.#options.toViewer(parsed.data) : undefined
    if (!parsed.success || !viewer) throw refused('The token is valid, but does not say who the viewer is.')
    this.#remember(token, viewer, Math.min(parsed.data.exp * 1000, Date.now() + trustMs))
    return viewer
  }

  #remember(token: string, viewer: Viewer, expiresAt: number): void {
    const oldest = this.#verified.size >= maxCachedTokens ? this.#verified.keys().next().value : undefined
    if (oldest !== undefined) this.#verified.delete(oldest)
    this.#verified.set(token, { viewer, expiresAt })
  }
}

function tokenIn(authorization: string): string | undefined {
  return /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1]
}

export function remoteKeys(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { timeoutDuration: 5000, cooldownDuration: 10_000, cacheMaxAge: trustMs })
}

function refused(message: string) {
  // RFC 6750, section 3: the challenge says what is wrong with the token.
  return requestError('UNAUTHENTICATED', message, { 'www-authenticate': 'Bearer error="invalid_token"' })
}

/** Without the issuer's keys nothing is known of the token, least of all that it is not valid. */
function isKeyFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true
  const { JWKSTimeout, JWKSInvalid } = errors
  return error instanceof JWKSTimeout || error instanceof JWKSInvalid || error.code === errors.JOSEError.code
}

function uncheckable(error: unknown) {
  const originalError = error instanceof Error ? error : undefined
  return clientError('UNAVAILABLE', 'Tokens cannot be checked right now; try again shortly.', { originalError })
}

/** What is wrong, as far as it helps the holder of a token and not its forger. */
function reason(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired; get a new one.'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token's "${error.claim}" claim is not accepted here.`
  return 'The token is not valid.'
}
