import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface Issuer {
  env: Record<string, string>
  /** A token of a member of staff with these roles. */
  token(roles: readonly string[]): Promise<string>
  customerToken(id: string): Promise<string>
  stop(): void
}

const issuer = 'urn:frontdoor:bench'
const audience = 'frontdoor'
const algorithm = 'EdDSA'

/** An issuer of tokens, as production has one. The server fetches its keys here. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm)
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: algorithm, use: 'sig', kid: 'bench' }] })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(keys)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sign = (subject: string, claims: object) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: algorithm, kid: 'bench' })
      .setSubject(subject)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(privateKey)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    env: { AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys`, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience },
    token: (roles) => sign('bench', { kind: 'staff', roles }),
    customerToken: (id) => sign(id, { kind: 'customer' }),
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
