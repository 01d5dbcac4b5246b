import { createHmac, randomBytes } from 'node:crypto'

// Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

const prefix = 'whsec_'
/** The specification asks for 24 to 64. */
const secretBytes = 32

export function newSecret(): string {
  return `${prefix}${randomBytes(secretBytes).toString('base64')}`
}

interface SignedMessage {
  /** The same for each attempt. */
  id: string
  /** Of the attempt. */
  sentAt: Date
  body: string
}

/** The headers of an attempt, with a signature for each secret that is good now. */
export function signedHeaders({ id, sentAt, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
