import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from } from 'pg-copy-streams'
import { withClient } from '../../../src/platform/database/with-client.ts'

/** The rows of a dump stand behind the statement that copies them. */
const copy = /^(COPY .*) FROM stdin;\n([\s\S]*?)^\\\.$/m

/** Makes the tables of the music domain, with their rows; of Chinook alone with that file alone. */
export async function loadMusic(ownerUrl: string, files = ['chinook.sql', 'more.sql']): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    for (const file of files) {
      let rest = await readFile(join(import.meta.dirname, '..', file), 'utf8')
      for (let found = copy.exec(rest); found; found = copy.exec(rest)) {
        await client.query(rest.slice(0, found.index))
        await pipeline(Readable.from([found[2]]), client.query(from(`${found[1]} FROM stdin`)))
        rest = rest.slice(found.index + found[0].length)
      }
      await client.query(rest)
    }
    await client.query('analyze')
  })
}
