import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { z } from 'zod'
import type * as grants from '../../src/platform/database/grant-privileges.ts'
import type * as schema from '../../src/schema.ts'
import { onServer } from '../support/database-server.ts'
import type { World } from '../support/world.ts'
import { importFrom, musicProject } from './support/project.ts'
import { createMusicWorld, makingLasts } from './support/world.ts'

const other = `frontdoor_music_other_${randomUUID().slice(0, 8)}`

let world: World
beforeAll(async () => {
  world = await createMusicWorld()
}, makingLasts)
afterAll(async () => {
  await world?.close()
  await onServer(inject('server').url, `drop role if exists ${other}`)
})

/** What this role and everyone may do in the schema of the external tables, and in the database. */
const rightsOfOthers = () =>
  world.rowsOf(
    `select name, a::text as "acl" from (
       select relname::text as name, relacl as acl from pg_class where relnamespace = 'public'::regnamespace
       union all select nspname, nspacl from pg_namespace where nspname = 'public'
       union all select 'database', datacl from pg_database where datname = current_database()) o, unnest(acl) a
     where a::text ~ '^(=|${other})' and name <> '_prisma_migrations' order by 1, 2`,
    z.object({ name: z.string(), acl: z.string() }),
  )

it('a grant leaves the rights of others in a database of another system as they are', async () => {
  const name = new URL(world.databaseUrl).pathname.slice(1)
  await onServer(
    world.databaseUrl,
    `create role ${other}`,
    `grant select, update on public.artist, public.album to ${other}`,
    `grant create, usage on schema public to ${other}, public`,
    'grant select on public.artist to public',
    `grant temporary on database ${name} to public`,
  )
  const before = await rightsOfOthers()
  expect(before.map((right) => right.name)).toEqual(['album', 'artist', 'artist', 'database', 'public', 'public'])

  const project = await musicProject()
  const { grantPrivileges } = await importFrom<typeof grants>(project, 'src/platform/database/grant-privileges.ts')
  const { domain } = await importFrom<typeof schema>(project, 'src/schema.ts')
  await grantPrivileges(world.databaseUrl, inject('server').role.name, domain.privileges)
  expect(await rightsOfOthers()).toEqual(before)
  expect((await world.as('admin').query('{ tracks(first: 1) { totalCount } }')).errors).toBeUndefined()
})
