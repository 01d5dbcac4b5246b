import 'server-only'
import { cookies, headers } from 'next/headers'

/**
 * The session is two cookies that no script can read: the access token, and what the visitor has seen
 * (docs/clients.md, "Read your own writes"). The browser sends them to this host only.
 */
const names = { token: 'token', seen: 'seen' } as const

/** Whether this can be a token, and the value of a header: visitors can write any text into a form and into a cookie. */
export function isToken(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]+$/.test(text)
}

export async function readSession() {
  const kept = await cookies()
  const read = (name: string) => {
    const text = kept.get(name)?.value
    return isToken(text) ? text : undefined
  }
  return { token: read(names.token), seen: read(names.seen) }
}

/** Only in a server action. The cookie ends with the token. */
export async function startSession(token: string, expiresAt: string | null | undefined): Promise<void> {
  const kept = await cookies()
  kept.set(names.token, token, { ...(await attributes()), ...(expiresAt && { expires: new Date(expiresAt) }) })
}

/** Only in a server action: what the visitor has written, the next page shows. */
export async function keepSeen(seen: string): Promise<void> {
  const kept = await cookies()
  kept.set(names.seen, seen, await attributes())
}

/** Only in a server action. */
export async function endSession(): Promise<void> {
  const kept = await cookies()
  for (const name of Object.values(names)) kept.delete(name)
}

/** `next start` itself speaks HTTP only, and a proxy in front that ends TLS says so in X-Forwarded-Proto. */
async function attributes() {
  const isHttps = (await headers()).get('x-forwarded-proto')?.startsWith('https') ?? false
  return { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/' } as const
}
