import type { Viewer } from '../auth/viewer.ts'
import type { Database } from '../database/client.ts'
import { encodeId } from '../graphql/ids.ts'

interface Key {
  id: string
  scopes: readonly string[]
  expiresAt: Date
}

/** The viewer that a key stands for. Scopes that the domain no longer declares do not count. */
export function keyViewer({ id, scopes, expiresAt }: Key, declared: ReadonlySet<string>): Viewer {
  return {
    kind: 'apiKey',
    id: encodeId('ApiKey', id),
    subject: undefined,
    roles: [],
    scopes: new Set(scopes.filter((scope) => declared.has(scope))),
    expiresAt,
  }
}

/** The viewer that a key stands for, by its UUID; undefined where it was revoked or has expired. */
export async function liveKeyViewer(
  client: Database['client'],
  id: string,
  declared: ReadonlySet<string>,
): Promise<Viewer | undefined> {
  const key = await client.apiKey.findUnique({
    where: { id },
    select: { id: true, scopes: true, expiresAt: true, revokedAt: true },
  })
  return key && !key.revokedAt && key.expiresAt > new Date() ? keyViewer(key, declared) : undefined
}
