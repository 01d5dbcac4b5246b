import { refused } from './credential-refusal.ts'
import type { Viewer } from './viewer.ts'

/** Turns one kind of credential into viewers. */
export interface CredentialVerifier {
  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the credential cannot be checked now. */
  viewer(credential: string): Viewer | Promise<Viewer>
  /** Whether the credential was accepted before and not refused since. It may be due for another check. */
  isKnown(credential: string): boolean
}

interface AuthenticatorOptions {
  tokens: CredentialVerifier
  /** `accepts` tells an API key from a token by its form. */
  apiKeys: CredentialVerifier & { accepts(credential: string): boolean }
}

/**
 * RFC 6750, section 2.1, without the padding that neither a JWT nor an API key has. RFC 9110: the case of the
 * scheme does not count.
 */
const bearer = /^Bearer +([\w.-]+)$/i

/** Turns the `Authorization` header into a viewer. A refused credential is an error, never an anonymous viewer. */
export class Authenticator {
  readonly #options: AuthenticatorOptions

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /**
   * The viewer of a credential that was accepted before and not refused since, so that its sender is not guessing;
   * undefined for any other. It may be due for another check, and then fails as `viewer` does.
   */
  knownViewer(authorization: string): Viewer | Promise<Viewer> | undefined {
    return this.knows(authorization) ? this.viewer(authorization) : undefined
  }

  /** Whether the credential was accepted before and not refused since. It may be due for another check. */
  knows(authorization: string): boolean {
    const credential = bearer.exec(authorization)?.[1]
    return credential !== undefined && this.#verifierOf(credential).isKnown(credential)
  }

  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the credential cannot be checked now. */
  viewer(authorization: string): Viewer | Promise<Viewer> {
    const credential = bearer.exec(authorization)?.[1]
    if (credential === undefined) throw refused('The Authorization header must be "Bearer <token>".')
    return this.#verifierOf(credential).viewer(credential)
  }

  #verifierOf(credential: string): CredentialVerifier {
    const { tokens, apiKeys } = this.#options
    return apiKeys.accepts(credential) ? apiKeys : tokens
  }
}
