import type { CredentialVerifier } from '../auth/authenticate.ts'
import { ended, refused, uncheckable } from '../auth/credential-refusal.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Database } from '../database/client.ts'
import { databaseFailure } from '../database/failure.ts'
import type { Domain } from '../domain.ts'
import { KeyUse, type KeyUseParts } from './key-use.ts'
import { keyViewer } from './key-viewer.ts'
import { hashOf, isLikeSecret, isWellFormed } from './secret.ts'

/** A key in the database that is not revoked. */
interface LiveKey {
  id: string
  viewer: Viewer
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** A key, or that it was revoked; undefined where there never was such a key. */
type Found = LiveKey | 'revoked' | undefined

type SecretHash = ReturnType<typeof hashOf>

interface LookUp {
  startedAt: number
  key: Promise<Found>
  /** The result; until there is one, the result of the look-up before. */
  found: Found
}

/**
 * How long a look-up is trusted, in milliseconds from its START. With the time of the look-up itself, a revoked key
 * stops on every replica within a second.
 */
const trustMs = 900
const maxKnown = 10_000
/** The same message for a revoked key, so that it does not reveal that the key existed. */
const notValid = 'The API key is not valid.'

/** Turns the secrets of API keys into viewers, with one statement a second for each key in use. */
export class KeyVerifier implements CredentialVerifier {
  readonly #client: Database['client']
  readonly #scopes: ReadonlySet<string>
  readonly #use: KeyUse
  /** By hash: the secrets are not stored, not even in memory. */
  readonly #known = new Map<string, LookUp>()

  constructor({ client, ...use }: Pick<Database, 'client'> & KeyUseParts, { scopes }: Pick<Domain, 'scopes'>) {
    this.#client = client
    this.#scopes = new Set(Object.keys(scopes))
    this.#use = new KeyUse(use)
  }

  accepts(credential: string): boolean {
    return isLikeSecret(credential)
  }

  /** Throws UNAUTHENTICATED, or UNAVAILABLE where the database does not answer. */
  async viewer(secret: string): Promise<Viewer> {
    if (!isWellFormed(secret)) throw refused(notValid)
    const key = await this.#find(hashOf(secret))
    if (!key) throw refused(notValid)
    if (key === 'revoked') throw ended(notValid)
    if (key.expiresAt <= Date.now()) throw ended('The API key has expired; make a new one.')
    this.#use.record(key.id)
    return key.viewer
  }

  isKnown(secret: string): boolean {
    return isWellFormed(secret) && isLive(this.#known.get(nameOf(hashOf(secret)))?.found)
  }

  close(): Promise<void> {
    return this.#use.close()
  }

  #find(secretHash: SecretHash): Promise<Found> {
    const name = nameOf(secretHash)
    const now = performance.now()
    const known = this.#known.get(name)
    // A look-up under way is shared no longer than this: its result may be older than a revocation.
    if (known && now < known.startedAt + trustMs) return known.key
    const lookUp: LookUp = { startedAt: now, key: this.#lookUp(secretHash, known?.found), found: known?.found }
    this.#remember(name, lookUp)
    lookUp.key.then(
      (found) => {
        lookUp.found = found
      },
      // The next request looks the key up again.
      () => this.#known.get(name) === lookUp && this.#known.delete(name),
    )
    return lookUp.key
  }

  async #lookUp(secretHash: SecretHash, before: Found): Promise<Found> {
    try {
      const row = await this.#client.apiKey.findUnique({
        where: { secretHash },
        select: { id: true, scopes: true, expiresAt: true, revokedAt: true },
      })
      if (!row) return undefined
      if (row.revokedAt) return 'revoked'
      // Values cached for a viewer are cached by the object, so the same viewer object goes on.
      return isLive(before) ? before : this.#liveKey(row)
    } catch (error) {
      throw databaseFailure(error) ? uncheckable(error) : error
    }
  }

  #liveKey({ id, scopes, expiresAt }: { id: string; scopes: string[]; expiresAt: Date }): LiveKey {
    return { id, viewer: keyViewer({ id, scopes, expiresAt }, this.#scopes), expiresAt: expiresAt.getTime() }
  }

  /** In order of look-up: the first keys were refused, or not used for longest. */
  #remember(name: string, lookUp: LookUp): void {
    this.#known.delete(name)
    const oldest = this.#known.size >= maxKnown ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(name, lookUp)
  }
}

function isLive(found: Found): found is LiveKey {
  return found !== undefined && found !== 'revoked'
}

function nameOf(secretHash: SecretHash): string {
  return Buffer.from(secretHash).toString('base64')
}
