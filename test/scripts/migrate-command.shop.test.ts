import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { migrate } from '../../scripts/commands/migrate.ts'
import { outcomeOf } from '../../scripts/run-script.ts'
import { hasPrivileges } from '../../src/platform/database/privileges.ts'
import { domain } from '../../src/schema.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let role: string
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
  role = inject('server').role.name
})
afterAll(() => world.close())

/** `npm run migrate -- …args`, as the owner. */
const outcome = (...args: string[]) => outcomeOf(migrate, args, { DATABASE_URL: world.databaseUrl })

const isGranted = () => hasPrivileges(world.serverDatabaseUrl, domain.privileges)

async function takeRights(): Promise<void> {
  await world.client.$executeRawUnsafe(`revoke all on all tables in schema commerce, platform from ${role}`)
  expect(await isGranted()).toBe(false)
}

describe('npm run migrate', () => {
  it('with an owner’s URL grants the server role its rights again', async () => {
    await takeRights()
    const env = { DATABASE_URL: world.serverDatabaseUrl, MIGRATE_DATABASE_URL: world.databaseUrl }
    expect(await outcomeOf(migrate, [], env)).toEqual({ code: 0, stdout: 'Nothing to apply.', stderr: '' })
    expect(await isGranted()).toBe(true)
  })

  it('-- --grant grants them to the named role', async () => {
    await takeRights()
    expect(await outcome('--grant', role)).toEqual({
      code: 0,
      stdout: `The role "${role}" may now do what the server does, and nothing else.`,
      stderr: '',
    })
    expect(await isGranted()).toBe(true)
  })

  it('-- --grant reports in one sentence why it fails', async () => {
    expect(await outcome('--grant', 'nobody')).toEqual({
      code: 1,
      stdout: '',
      stderr: `\nThere is no role "nobody"; make it first: CREATE ROLE "nobody" LOGIN PASSWORD '…'`,
    })
  })

  it('reports an unknown option in one sentence, with its usage', async () => {
    const { stdout: usage } = await outcome('--help')
    expect(usage).toMatch(/^npm run migrate /)
    const stderr = `\nUnknown option '--bogus'\n\n${usage}`
    expect(await outcome('--bogus')).toEqual({ code: 1, stdout: '', stderr })
  })

  it('reports in one sentence that the database refuses the login', async () => {
    const nowhere = new URL(world.databaseUrl)
    nowhere.pathname = '/nowhere'
    const stderr = '\ndatabase "nowhere" does not exist'
    expect(await outcomeOf(migrate, [], { DATABASE_URL: nowhere.href })).toEqual({ code: 1, stdout: '', stderr })
  })
})
