import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** An issuer of tokens in place of yours: it publishes one key. */
export interface Issuer {
  /** The settings that name it. */
  settings: Record<'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE', string>
  /** A token for a viewer of the role `admin`, valid for twelve hours. */
  token: string
}

export async function startIssuer(port: number): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA')
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'EdDSA', use: 'sig', kid: 'local' }]
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  // It ends with the process.
  server.unref()
  const url = `http://127.0.0.1:${port}`
  const token = await new SignJWT({ kind: 'staff', roles: ['admin'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'local' })
    .setSubject('operator')
    .setIssuer(url)
    .setAudience('frontdoor')
    .setIssuedAt()
    .setExpirationTime('12h')
    .sign(privateKey)
  return { settings: { AUTH_JWKS_URL: `${url}/keys`, AUTH_ISSUER: url, AUTH_AUDIENCE: 'frontdoor' }, token }
}
