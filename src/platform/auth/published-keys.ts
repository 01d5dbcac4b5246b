import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
} from 'jose'
import { z } from 'zod'
import type { ProviderSettings } from '../config/provider-settings.ts'

export interface FoundKey {
  key: CryptoKey
  /** Until when a token signed with it may be remembered, as `performance.now()` counts. */
  rememberedUntil: number
}

/**
 * Finds the key that a token names. Throws a JOSEError where there is none, and KeysUnavailable where the keys cannot
 * be fetched.
 */
export interface KeySource {
  find(header: CompactJWSHeaderParameters, token: FlattenedJWSInput): Promise<FoundKey>
}

export class KeysUnavailable extends Error {}

type SelectKey = ReturnType<typeof createLocalJWKSet>

/** How long keys are trusted, counted from before their request: a withdrawn key is accepted no longer than this. */
const trustMs = 60_000
/**
 * After this time, keys in use are fetched again in advance and tokens are checked again, so that no request waits and
 * a short outage goes unnoticed.
 */
const refreshAfterMs = 40_000
/** How often keys are fetched in advance, or for a token with an unknown key: anyone can make such tokens. */
const askEveryMs = 10_000
/** The pause after a failed fetch while requests would wait for it. */
const retryAfterMs = 1000
const answerWithinMs = 5000

/** The public members of an asymmetric key. RFC 7517, section 5: other members are ignored, not refused. */
const publicKey = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().optional(),
  alg: z.string().optional(),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
})
const keySet = z.object({ keys: z.array(z.unknown()) })
const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

interface KnownKeys {
  select: SelectKey
  askedAt: number
}

/** The keys that a provider publishes, at most a minute old. */
export class PublishedKeys implements KeySource {
  readonly #provider: Pick<ProviderSettings, 'issuer' | 'jwksUrl'>
  readonly #onError: (error: KeysUnavailable) => void
  #known: KnownKeys | undefined
  #asking: Promise<KnownKeys> | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(provider: Pick<ProviderSettings, 'issuer' | 'jwksUrl'>, onError: (error: KeysUnavailable) => void) {
    this.#provider = provider
    this.#onError = onError
  }

  async find(header: CompactJWSHeaderParameters, token: FlattenedJWSInput): Promise<FoundKey> {
    const known = await this.#current()
    try {
      return await found(known, header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayAskForUnknown()) throw error
      return found(await this.#ask(), header, token)
    }
  }

  async #current(): Promise<KnownKeys> {
    const now = performance.now()
    const known = this.#known
    if (!known || now >= known.askedAt + trustMs) {
      if (now < this.#failedAt + retryAfterMs) throw new KeysUnavailable('the keys could not be had a moment ago')
      return this.#ask()
    }
    if (now >= known.askedAt + refreshAfterMs && now >= this.#askedAt + askEveryMs) {
      // `onError` reports the failure; the known keys stay valid for the rest of their minute.
      this.#ask().catch(() => {})
    }
    return known
  }

  #mayAskForUnknown(): boolean {
    return this.#asking !== undefined || performance.now() >= this.#askedAt + askEveryMs
  }

  #ask(): Promise<KnownKeys> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #fetch(): Promise<KnownKeys> {
    const askedAt = performance.now()
    this.#askedAt = askedAt
    try {
      const { keys } = keySet.parse(await fetchJson(await this.#keysUrl()))
      const known = { select: createLocalJWKSet({ keys: keys.flatMap(asPublicKey) }), askedAt }
      this.#known = known
      return known
    } catch (cause) {
      this.#failedAt = performance.now()
      const failure = new KeysUnavailable(`the keys of ${this.#provider.issuer} cannot be had`, { cause })
      this.#onError(failure)
      throw failure
    }
  }

  /** OpenID Connect Discovery 1.0, section 4. Fetched each time, because an issuer may move its keys. */
  async #keysUrl(): Promise<string> {
    const { issuer, jwksUrl } = this.#provider
    if (jwksUrl) return jwksUrl
    const document = discovery.parse(await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
    if (document.issuer !== issuer) throw new Error('the discovery document is that of another issuer')
    if (issuer.startsWith('https:') && !document.jwks_uri.startsWith('https:')) {
      throw new Error('the discovery document leads from https to http')
    }
    return document.jwks_uri
  }
}

/** The server's own keys, which change only at a restart. */
export function ownKeys(select: SelectKey): KeySource {
  return {
    find: async (header, token) => ({ key: await select(header, token), rememberedUntil: Number.POSITIVE_INFINITY }),
  }
}

async function found({ select, askedAt }: KnownKeys, header: CompactJWSHeaderParameters, token: FlattenedJWSInput) {
  return { key: await select(header, token), rememberedUntil: askedAt + refreshAfterMs }
}

function asPublicKey(key: unknown): z.infer<typeof publicKey>[] {
  const parsed = publicKey.safeParse(key)
  return parsed.success ? [parsed.data] : []
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // A redirect could lead to a host that an attacker controls.
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
  })
  if (response.status !== 200) throw new Error(`${response.status} instead of 200`)
  return response.json()
}
