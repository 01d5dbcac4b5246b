import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { z } from 'zod'
import type { Signing } from './token.ts'

/** An OpenID Connect provider that publishes its keys, and can be made to fail. */
export class Issuer implements AsyncDisposable {
  readonly keys: JWK[] = []
  /** The response to a request for keys: undefined publishes them, '' never responds. */
  answer: string | undefined
  /** The redirect target of requests for keys. */
  redirect: string | undefined
  /** Properties that replace those of the discovery document. */
  discovery: Record<string, unknown> = {}
  /** The requested paths, in order. */
  readonly asked: string[] = []
  url = ''
  readonly #server = createServer(({ url: path = '' }, response) => {
    this.asked.push(path)
    if (path === '/.well-known/openid-configuration') {
      const document = { issuer: this.url, jwks_uri: this.jwksUrl, ...this.discovery }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    }
    if (this.redirect !== undefined) return response.writeHead(302, { location: this.redirect }).end()
    if (this.answer === '') return
    response.writeHead(this.answer === undefined ? 200 : 500, { 'content-type': 'application/json' })
    response.end(this.answer ?? JSON.stringify({ keys: this.keys }))
  })

  static async start(): Promise<Issuer> {
    const issuer = new Issuer()
    await new Promise<void>((done) => issuer.#server.listen(0, '127.0.0.1', done))
    const { port } = z.object({ port: z.int() }).parse(issuer.#server.address())
    issuer.url = `http://127.0.0.1:${port}`
    return issuer
  }

  get jwksUrl(): string {
    return `${this.url}/jwks`
  }

  /** The number of requests for keys. */
  get fetched(): number {
    return this.asked.filter((path) => path === '/jwks').length
  }

  async newKey(kid: string, alg = 'EdDSA'): Promise<Signing> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    this.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
    return { key: privateKey, alg, kid }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }
}
