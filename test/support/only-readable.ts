import { isModel } from '../../src/platform/database/data-model.ts'
import { physicalTable } from '../../src/platform/database/physical-names.ts'
import type { DatabaseUrls } from '../../src/platform/database/urls.ts'
import { domain } from '../../src/schema.ts'
import { onServer } from './database-server.ts'

/** The schemas of the domain's tables, quoted. */
const ofDomain = [
  ...new Set(
    Object.keys(domain.privileges)
      .filter(isModel)
      .map((model) => physicalTable(model).name.split('.')[0] ?? ''),
  ),
]

/** The server's role may only read, in these schemas. */
export async function onlyReadable(
  { ownerUrl, url }: DatabaseUrls,
  schemas: readonly string[] = [...ofDomain, 'platform'],
): Promise<void> {
  const { username: role } = new URL(url)
  await onServer(
    ownerUrl,
    ...['platform', 'jobs', ...schemas].map((schema) => `revoke all on all tables in schema ${schema} from ${role}`),
    ...schemas.map((schema) => `grant select on all tables in schema ${schema} to ${role}`),
    `revoke create on schema public from public`,
  )
}

/** As a database of somebody else: none of the platform's tables is there, and the server's role may only read. */
export async function onlyDomain(urls: DatabaseUrls): Promise<void> {
  await onlyReadable(urls, ofDomain)
  await onServer(urls.ownerUrl, 'drop schema platform, jobs cascade', 'drop table public._prisma_migrations')
}
