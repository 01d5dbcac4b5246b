import type { KeyVerifier } from '../api-keys/key-verifier.ts'
import { isLikeSecret } from '../api-keys/secret.ts'
import { refused } from './credential-refusal.ts'
import type { TokenVerifier } from './token-verifier.ts'
import { anonymous, type Viewer } from './viewer.ts'

export interface AuthenticatorOptions {
  tokens: TokenVerifier
  apiKeys: KeyVerifier
}

/** RFC 6750, section 2.1, without the padding that neither a JWT nor an API key has; RFC 9110 has the scheme in any case. */
const bearer = /^Bearer +([\w.-]+)$/i

/** Turns the `Authorization` header into a viewer. A refused credential is an error, never an anonymous viewer. */
export class Authenticator {
  readonly #options: AuthenticatorOptions

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /** Whether the credential was taken before and not refused since: whoever sends it is not guessing. */
  isKnown(authorization: string): boolean {
    const credential = bearer.exec(authorization)?.[1]
    if (credential === undefined) return false
    const { tokens, apiKeys } = this.#options
    return isLikeSecret(credential) ? apiKeys.isKnown(credential) : tokens.isKnown(credential)
  }

  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the credential cannot be checked right now. */
  viewer(authorization: string | null): Viewer | Promise<Viewer> {
    if (authorization === null) return anonymous
    const credential = bearer.exec(authorization)?.[1]
    if (credential === undefined) throw refused('The Authorization header must be "Bearer <token>".')
    const { tokens, apiKeys } = this.#options
    return isLikeSecret(credential) ? apiKeys.viewer(credential) : tokens.viewer(credential)
  }
}
