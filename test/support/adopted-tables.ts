import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withClient } from '../../src/platform/database/with-client.ts'

/** Makes the tables that `npm run adopt` found in other systems, without rows; nothing where none were adopted. */
export async function makeAdoptedTables(ownerUrl: string, prismaFolder: string): Promise<void> {
  const files = await Array.fromAsync(glob('*.sql', { cwd: prismaFolder }))
  await withClient(ownerUrl, async (client) => {
    for (const file of files.sort()) await client.query(await readFile(join(prismaFolder, file), 'utf8'))
  })
}
