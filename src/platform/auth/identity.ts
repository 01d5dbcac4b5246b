import type { JWTPayload } from 'jose'
import { z } from 'zod'
import type { Claim, ProviderSettings } from '../config/provider-settings.ts'
import type { Viewer } from './viewer.ts'

/** Whom a verified token speaks for, in the words of the domain, whatever its issuer calls them. */
export interface Identity {
  readonly id: string
  readonly kind: string
  readonly roles: readonly string[]
  /** Only such as the domain declares. */
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

/** What the claims say, as the provider's settings read them; undefined where they do not say who it is. */
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

/** A token names its claims itself: what every object has from its prototype is none of them. */
function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

/** Some issuers leave out the list around a single name. */
function listed(value: unknown): unknown {
  return typeof value === 'string' ? [value] : (value ?? [])
}

/** RFC 8693, section 4.2: scopes are words between spaces. Some issuers send a list. */
function words(value: unknown): unknown {
  return typeof value === 'string' ? value.split(' ') : (value ?? [])
}

/** With a table of names only those in it count: an issuer's "admin" need not be ours. */
function translated(roles: readonly string[], ours: ReadonlyMap<string, string>): string[] {
  return roles.flatMap((role) => ours.get(role) ?? [])
}
