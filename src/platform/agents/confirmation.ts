import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { principalOf, type Viewer } from '../auth/viewer.ts'
import { canonicalJson } from '../mutations/canonical-json.ts'

/** What is confirmed. */
export interface ConfirmedCall {
  viewer: Viewer
  tool: string
  idempotencyKey: string
  variables: Readonly<Record<string, unknown>>
}

/** How long a person may take to confirm, in seconds. */
const goodSeconds = 600

/** Tokens that a dry run gives. Each is good for one call of one principal with the same arguments, for ten minutes. */
export class Confirmations {
  readonly #key: Uint8Array

  /** The secret is the same on every replica of the server. */
  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'frontdoor confirmations of tools', 32))
  }

  give(call: ConfirmedCall): string {
    const expires = String(Math.floor(Date.now() / 1000) + goodSeconds)
    return `${expires}.${this.#sign(call, expires).toString('base64url')}`
  }

  isGood(token: string, call: ConfirmedCall): boolean {
    const [expires = '', signature = ''] = token.split('.', 2)
    const given = Buffer.from(signature, 'base64url')
    const right = this.#sign(call, expires)
    return given.length === right.length && timingSafeEqual(given, right) && Number(expires) * 1000 > Date.now()
  }

  #sign({ viewer, tool, idempotencyKey, variables }: ConfirmedCall, expires: string): Buffer {
    const signed = JSON.stringify([expires, principalOf(viewer), tool, idempotencyKey, canonicalJson(variables)])
    return createHmac('sha256', this.#key).update(signed).digest()
  }
}
