/**
 * Who a request acts for. `kind` and `scopes` are the domain's words; the platform knows only `anonymous` and `apiKey`.
 */
export interface Viewer {
  readonly kind: string
  /** The public id of the viewer, as in the token's `sub`; undefined for anonymous. */
  readonly id: string | undefined
  /** The text of the key of the viewer's own row, where there is one. */
  readonly subject: string | undefined
  readonly roles: readonly string[]
  readonly scopes: ReadonlySet<string>
  /** When the credential expires; undefined without one. */
  readonly expiresAt?: Date | undefined
}

/** The stable name of a viewer: limits, idempotency keys and the audit trail are kept per principal. */
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
