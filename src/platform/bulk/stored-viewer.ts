import { z } from 'zod'
import type { Viewer } from '../auth/viewer.ts'
import { jsonObject } from '../database/json-object.ts'

const storedViewer = z
  .object({
    kind: z.string(),
    id: z.string(),
    subject: z.string().optional(),
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
  })
  .transform(({ subject, scopes, ...viewer }): Viewer => ({ ...viewer, subject, scopes: new Set(scopes) }))

/** What a row keeps of a viewer. It has ids and names, and no secret. */
export function viewerJson({ kind, id, subject, roles, scopes }: Viewer) {
  return jsonObject.parse({ kind, id, ...(subject !== undefined && { subject }), roles, scopes: [...scopes] })
}

/** The viewer, as it was stored. */
export function viewerFrom(json: unknown): Viewer {
  return storedViewer.parse(json)
}
