import { auditEntries } from '../audit/audit-entry.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Context } from '../context.ts'
import { encodeId } from '../graphql/ids.ts'
import type { FileLinks, FileOwner } from './file-link.ts'
import type { FileFacts, FileStore } from './file-store.ts'

type ForWhom = Pick<Context, 'viewer' | 'requestId'>

/** Records that somebody got a link to a file, or the file itself. */
export function recordFileAction(
  trail: AuditTrail,
  action: 'exportLink' | 'exportDownload',
  { type, id }: FileOwner,
  { viewer, requestId }: ForWhom,
): void {
  const done = { action, outcome: 'DONE', subjectType: type, subjectIds: [encodeId(type, id)] } as const
  for (const entry of auditEntries({ requestId, viewer, operation: undefined }, done)) trail.record(entry)
}

const linkSeconds = 15 * 60

/** A link of the store, or else of this server, which is good for some minutes, for everyone who has it. */
export async function linkToFile(
  { store, links, trail }: { store: FileStore; links: FileLinks; trail: AuditTrail },
  owner: FileOwner,
  facts: FileFacts,
  forWhom: ForWhom,
): Promise<string> {
  recordFileAction(trail, 'exportLink', owner, forWhom)
  return (await store.linkTo(facts, linkSeconds)) ?? links.pathTo(owner, linkSeconds)
}
