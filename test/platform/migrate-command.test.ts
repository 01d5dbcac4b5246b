import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { hasPrivileges } from '../../src/platform/database/privileges.ts'
import { domain } from '../../src/schema.ts'
import { commandOutput } from '../support/command.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let role: string
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
  role = inject('server').role.name
})
afterAll(() => world.close())

/** `npm run migrate -- …args` */
const migrate = (env: Record<string, string>, ...args: string[]) => commandOutput('scripts/migrate.ts', args, env)

const isGranted = () => hasPrivileges(world.serverDatabaseUrl, domain.privileges)

async function takeRights(): Promise<void> {
  await world.client.$executeRawUnsafe(`revoke all on all tables in schema commerce, platform from ${role}`)
  expect(await isGranted()).toBe(false)
}

describe('npm run migrate', () => {
  it('with an owner’s URL gives the role of the server its rights again', async () => {
    await takeRights()
    const env = { DATABASE_URL: world.serverDatabaseUrl, MIGRATE_DATABASE_URL: world.databaseUrl }
    expect(await migrate(env)).toBe('Nothing to apply.')
    expect(await isGranted()).toBe(true)
  })

  it('-- --grant gives them to the role that it names', async () => {
    await takeRights()
    const said = await migrate({ DATABASE_URL: world.databaseUrl }, '--grant', role)
    expect(said).toBe(`The role "${role}" may now do what the server does, and nothing else.`)
    expect(await isGranted()).toBe(true)
  })

  it('-- --grant says in one sentence why it does not', async () => {
    const attempt = migrate({ DATABASE_URL: world.databaseUrl }, '--grant', 'nobody')
    await expect(attempt).rejects.toMatchObject({
      code: 1,
      stderr: `\nThere is no role "nobody"; make it first: CREATE ROLE "nobody" LOGIN PASSWORD '…'\n`,
    })
  })

  it('answers an option there is not with one sentence and its usage', async () => {
    const usage = await migrate({}, '--help')
    await expect(migrate({ DATABASE_URL: world.databaseUrl }, '--bogus')).rejects.toMatchObject({
      code: 1,
      stderr: `\nUnknown option '--bogus'\n\n${usage}\n`,
    })
  })

  it('says in one sentence that the database does not let it in', async () => {
    const nowhere = new URL(world.databaseUrl)
    nowhere.pathname = '/nowhere'
    await expect(migrate({ DATABASE_URL: nowhere.href })).rejects.toMatchObject({
      code: 1,
      stderr: '\ndatabase "nowhere" does not exist\n',
    })
  })
})
