import { decodeJwt, errors, type JWTHeaderParameters, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ProviderSettings } from '../config/provider-settings.ts'
import { ended, refused, uncheckable } from './credential-refusal.ts'
import { type Identities, identityOf } from './identity.ts'
import { type FoundKey, type KeySource, KeysUnavailable } from './published-keys.ts'
import type { Viewer } from './viewer.ts'

export interface TokenProvider {
  settings: ProviderSettings
  keys: KeySource
}

interface VerifiedToken {
  viewer: Viewer
  /** When the token expires, in milliseconds since 1970. */
  expiresAt: number
  /** When its key must be fetched again, as `performance.now()` counts. */
  rememberedUntil: number
}

const maxCachedTokens = 10_000
const maxTokenLength = 8192
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/
/**
 * Accepted values of `typ`, unless the provider is limited to RFC 9068. The same keys may sign tokens of other uses,
 * such as logout tokens (RFC 8725, section 3.11).
 */
const takenTypes = new Set(['jwt', 'at+jwt'])

/** Turns JWTs of several issuers into viewers. */
export class TokenVerifier {
  readonly #providers: ReadonlyMap<string, TokenProvider>
  readonly #toViewer: Identities['toViewer']
  readonly #scopes: ReadonlySet<string>
  /** Verified tokens, while their keys are fresh: checking a signature costs more than many queries. */
  readonly #verified = new Map<string, VerifiedToken>()

  constructor(providers: readonly TokenProvider[], { toViewer, scopes }: Identities) {
    this.#providers = new Map(providers.map((provider) => [provider.settings.issuer, provider]))
    this.#toViewer = toViewer
    this.#scopes = new Set(Object.keys(scopes))
  }

  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the issuer's keys cannot be fetched. */
  viewer(token: string): Viewer | Promise<Viewer> {
    const known = this.#verified.get(token)
    if (known && known.expiresAt > Date.now() && known.rememberedUntil > performance.now()) return known.viewer
    if (token.length > maxTokenLength || !jwtPattern.test(token)) throw refused('This is neither a JWT nor an API key.')
    return this.#verify(token)
  }

  isKnown(token: string): boolean {
    return this.#verified.has(token)
  }

  async #verify(token: string): Promise<Viewer> {
    this.#verified.delete(token)
    const provider = this.#providerOf(token)
    const { payload, rememberedUntil } = await verified(token, provider).catch((error: unknown) => {
      throw error instanceof KeysUnavailable || !(error instanceof errors.JOSEError)
        ? uncheckable(error)
        : refusalFor(error)
    })
    const identity = identityOf(payload, provider.settings, this.#scopes)
    const viewer = identity && this.#toViewer(identity)
    if (!viewer || payload.exp === undefined) throw refused('The token is valid, but does not say who the viewer is.')
    const expiresAt = payload.exp * 1000
    const remembered = { viewer: { ...viewer, expiresAt: new Date(expiresAt) }, expiresAt, rememberedUntil }
    this.#remember(token, remembered)
    return remembered.viewer
  }

  /** The unverified issuer chooses the provider whose keys the token is checked with. */
  #providerOf(token: string): TokenProvider {
    const provider = this.#providers.get(claimedIssuer(token) ?? '')
    if (!provider) throw refused('The token\'s "iss" claim is not accepted here.')
    return provider
  }

  #remember(token: string, verifiedToken: VerifiedToken): void {
    const oldest = this.#verified.size >= maxCachedTokens ? this.#verified.keys().next().value : undefined
    if (oldest !== undefined) this.#verified.delete(oldest)
    this.#verified.set(token, verifiedToken)
  }
}

async function verified(token: string, { settings, keys }: TokenProvider) {
  const { issuer, audience, algorithms, clockToleranceSeconds, tokenType, claims } = settings
  let used: FoundKey | undefined
  const getKey: JWTVerifyGetKey = async (header, input) => {
    used = await keys.find(header, input)
    return used.key
  }
  const { payload, protectedHeader } = await jwtVerify(token, getKey, {
    issuer,
    audience,
    algorithms,
    clockTolerance: clockToleranceSeconds,
    typ: tokenType,
    requiredClaims: ['exp', ...(typeof claims.id === 'string' ? [claims.id] : [])],
  })
  if (!isTakenType(protectedHeader)) throw new errors.JWTInvalid('a token for another end')
  return { payload, rememberedUntil: used?.rememberedUntil ?? 0 }
}

/** RFC 7515, section 4.1.9: a media type in any case, which may omit "application/". */
function isTakenType({ typ }: JWTHeaderParameters): boolean {
  if (typ === undefined) return true
  // A header can have any value, whatever its declared type.
  return typeof typ === 'string' && takenTypes.has(typ.toLowerCase().replace(/^application\//, ''))
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    throw refused('The token is not valid.')
  }
}

/** The error in terms that help the holder of a token, and not a forger: the signature was checked first. */
function refusalFor(error: errors.JOSEError) {
  // jose checks expiry last, so everything else was valid.
  if (error instanceof errors.JWTExpired) return ended('The token has expired; get a new one.')
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`The token's "${error.claim}" claim is not accepted here.`)
  return refused('The token is not valid.')
}
