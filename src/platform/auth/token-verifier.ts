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
  /** Milliseconds since 1970: its own end. */
  expiresAt: number
  /** As `performance.now()` counts: when its key must be looked for again. */
  rememberedUntil: number
}

const maxCachedTokens = 10_000
const maxTokenLength = 8192
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/
/**
 * What the `typ` of a token may be, where the provider is not held to RFC 9068: others are signed with the same keys for
 * other ends, such as logout tokens (RFC 8725, section 3.11).
 */
const takenTypes = new Set(['jwt', 'at+jwt'])

/** Turns JWTs of several issuers into viewers. */
export class TokenVerifier {
  readonly #providers: ReadonlyMap<string, TokenProvider>
  readonly #toViewer: Identities['toViewer']
  readonly #scopes: ReadonlySet<string>
  /** Verified tokens, while their keys are fresh: a signature check costs more than many a query. */
  readonly #verified = new Map<string, VerifiedToken>()

  constructor(providers: readonly TokenProvider[], { toViewer, scopes }: Identities) {
    this.#providers = new Map(providers.map((provider) => [provider.settings.issuer, provider]))
    this.#toViewer = toViewer
    this.#scopes = new Set(Object.keys(scopes))
  }

  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the issuer's keys cannot be had. */
  viewer(token: string): Viewer | Promise<Viewer> {
    const known = this.#verified.get(token)
    if (known && known.expiresAt > Date.now() && known.rememberedUntil > performance.now()) return known.viewer
    if (token.length > maxTokenLength || !jwtPattern.test(token)) throw refused('This is neither a JWT nor an API key.')
    return this.#verify(token)
  }

  /** Whether it was taken before and not refused since; it may be due to be checked again. */
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

  /** What the token says itself, not believed yet, chooses whose keys it is held against. */
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

/** RFC 7515, section 4.1.9: a media type, in any case, which may leave out "application/". */
function isTakenType({ typ }: JWTHeaderParameters): boolean {
  if (typ === undefined) return true
  // A header can say anything, whatever its type here says.
  return typeof typ === 'string' && takenTypes.has(typ.toLowerCase().replace(/^application\//, ''))
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    throw refused('The token is not valid.')
  }
}

/** What is wrong, as far as it helps the holder of a token and not its forger: the signature is checked before these. */
function refusalFor(error: errors.JOSEError) {
  // Found last of all that is checked: everything else about it was right.
  if (error instanceof errors.JWTExpired) return ended('The token has expired; get a new one.')
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`The token's "${error.claim}" claim is not accepted here.`)
  return refused('The token is not valid.')
}
