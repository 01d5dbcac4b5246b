import type { JWTPayload } from 'jose'
import { z } from 'zod'
import type { Claim, ProviderSettings } from '../config/provider-settings.ts'
import type { Viewer } from './viewer.ts'

/** Who a verified token identifies, in the domain's terms. */
export interface Identity {
  readonly id: string
  readonly kind: string
  readonly roles: readonly string[]
  /** Scopes that the domain declares. */
  readonly scopes: readonly string[]
}

/** What authentication asks of the domain. */
export interface Identities {
  /** Every scope, with a sentence on what it allows. No viewer ever has another. */
  scopes: Readonly<Record<string, string>>
  /** The viewer that a verified token identifies; undefined where the domain does not know them. */
  toViewer: (identity: Identity) => Viewer | undefined
}

const name = z.string().min(1)
const names = z.array(z.string())

/**
 * The identity in the claims, as the provider's settings read them; undefined where a claim is missing or malformed.
 */
export function identityOf(
  payload: JWTPayload,
  { claims, roleNames, idPrefix }: ProviderSettings,
  declared: ReadonlySet<string>,
): Identity | undefined {
  const id = name.safeParse(claimed(payload, claims.id))
  const kind = name.safeParse(claimed(payload, claims.kind))
  const roles = names.safeParse(listed(claimed(payload, claims.roles)))
  const scopes = names.safeParse(words(claimed(payload, claims.scopes)))
  if (!id.success || !kind.success || !roles.success || !scopes.success) return undefined
  return {
    id: `${idPrefix}${id.data}`,
    kind: kind.data,
    roles: roleNames ? translated(roles.data, new Map(Object.entries(roleNames))) : roles.data,
    scopes: scopes.data.filter((scope) => declared.has(scope)),
  }
}

function claimed(payload: JWTPayload, claim: Claim): unknown {
  if (typeof claim === 'object' && 'value' in claim) return claim.value
  let value: unknown = payload
  for (const step of typeof claim === 'string' ? [claim] : claim) value = own(value, step)
  return value
}

/** Own properties only: a property of the prototype is no claim. */
function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

/** Some issuers send a single name instead of a list. */
function listed(value: unknown): unknown {
  return typeof value === 'string' ? [value] : (value ?? [])
}

/** RFC 8693, section 4.2: scopes are words separated by spaces. Some issuers send a list. */
function words(value: unknown): unknown {
  return typeof value === 'string' ? value.split(' ') : (value ?? [])
}

/** With a table of names only its roles count: an issuer's "admin" may mean something else. */
function translated(roles: readonly string[], ours: ReadonlyMap<string, string>): string[] {
  return roles.flatMap((role) => ours.get(role) ?? [])
}
