import type { Viewer } from '../auth/viewer.ts'
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
