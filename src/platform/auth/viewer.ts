/** Who is calling. `kind` and `scopes` are the domain's words; the platform knows only `anonymous` and `apiKey`. */
export interface Viewer {
  readonly kind: string
  /** The public id of the viewer, as in the token's `sub`; undefined for anonymous. */
  readonly id: string | undefined
  /** The row the viewer is, where they are one: its UUID. */
  readonly subject: string | undefined
  readonly roles: readonly string[]
  readonly scopes: ReadonlySet<string>
  /** When the credential that says so expires; undefined without one. */
  readonly expiresAt?: Date | undefined
}

/** One word for whoever is calling: what limits, idempotency keys and the audit trail are kept by. */
export function principalOf({ kind, id }: Viewer): string {
  return `${kind} ${id ?? ''}`
}

export const anonymous: Viewer = Object.freeze({
  kind: 'anonymous',
  id: undefined,
  subject: undefined,
  roles: [],
  scopes: new Set<string>(),
})
