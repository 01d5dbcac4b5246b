import type * as migrate from '../../../src/platform/database/migrate.ts'
import type * as schema from '../../../src/schema.ts'
import type * as worlds from '../../support/world.ts'
import { loadMusic } from './load.ts'
import { importFrom, musicProject } from './project.ts'

/** The first test file of a run makes the project, with a client of its own. */
export const makingLasts = 180_000

/** A world with the music domain. Its client has the models of music, which the type does not say. */
export async function createMusicWorld(env: Record<string, string> = {}): Promise<worlds.World> {
  const project = await musicProject()
  const { createWorld } = await importFrom<typeof worlds>(project, 'test/support/world.ts')
  const { migrateDatabase } = await importFrom<typeof migrate>(project, 'src/platform/database/migrate.ts')
  const { domain } = await importFrom<typeof schema>(project, 'src/schema.ts')
  return createWorld({
    data: 'migrated',
    env,
    prepare: async (urls) => {
      await loadMusic(urls.ownerUrl)
      await migrateDatabase(urls, `${project}/prisma`, domain)
    },
  })
}
