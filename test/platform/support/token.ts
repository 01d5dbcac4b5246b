import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import type { Config } from '../../../src/platform/config/config.ts'

type SigningKey = Awaited<ReturnType<typeof importJWK>>

export interface Signing {
  key: SigningKey
  alg?: string
  kid?: string
  /** Further parameters of the token's header. */
  header?: Record<string, unknown>
}

/** The claims of the admin's valid token, with these instead of its own; undefined omits one. */
export function claimsOf({ auth }: Pick<Config, 'auth'>, changes: JWTPayload & { kind?: unknown } = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  const good = { iss: auth.issuer, aud: auth.audience, exp: now + 60, sub: 'admin', kind: 'staff', roles: ['admin'] }
  return { ...good, ...changes }
}

export function sign(claims: JWTPayload, { key, alg = 'EdDSA', kid = 'development', header }: Signing) {
  return new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(key)
}

/** The key that a server in development signs with. */
export async function developmentKey({ dataDir }: Pick<Config, 'dataDir'>): Promise<{ key: SigningKey; jwk: JWK }> {
  const file = await readFile(join(dataDir, 'development-key.json'), 'utf8')
  const jwk: JWK = z.object({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() }).parse(JSON.parse(file))
  return { key: await importJWK(jwk, 'EdDSA'), jwk }
}
