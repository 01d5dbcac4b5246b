import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'
import { type KeySource, ownKeys } from './published-keys.ts'

// Development only: keys that production takes from its environment are made once and stored in the data folder.

const algorithm = 'EdDSA'
const tokenLifetime = '12h'
const keyFile = z.object({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() })

export interface TokenIssuer {
  issuer: string
  audience: string
}

export async function developmentKeys(dataDir: string): Promise<KeySource> {
  const { d: _private, ...publicKey } = await signingKey(dataDir)
  return ownKeys(createLocalJWKSet({ keys: [{ ...publicKey, alg: algorithm, use: 'sig', kid: 'development' }] }))
}

/** A token for a demo viewer, valid for twelve hours. */
export async function developmentToken(
  dataDir: string,
  { issuer, audience }: TokenIssuer,
  { sub, ...claims }: { sub: string; kind: string; roles?: string[] },
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: 'development' })
    .setSubject(sub)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(tokenLifetime)
    .sign(await importJWK(await signingKey(dataDir), algorithm))
}

/** Each use has a secret of its own. */
export function developmentSecret(dataDir: string, use: 'cursor' | 'encryption' | 'id'): Promise<string> {
  return keepOnce(dataDir, `${use}-secret`, async () => randomBytes(32).toString('base64url'))
}

async function signingKey(dataDir: string): Promise<JWK & z.infer<typeof keyFile>> {
  const text = await keepOnce(dataDir, 'development-key.json', async () => {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
    return JSON.stringify(await exportJWK(privateKey))
  })
  return keyFile.parse(JSON.parse(text))
}

/**
 * Links a complete file, which only the first process can do, so that two processes that start at once agree on one.
 */
async function keepOnce(dataDir: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(dataDir, name)
  const kept = await readFile(path, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, await make(), { mode: 0o600 })
  await link(draft, path).catch(() => {})
  await rm(draft)
  return readFile(path, 'utf8')
}
