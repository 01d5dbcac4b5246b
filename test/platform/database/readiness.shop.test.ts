import { describe, expect, inject, it } from 'vitest'
import { grantPrivileges } from '../../../src/platform/database/grant-privileges.ts'
import { domain } from '../../../src/schema.ts'
import { onServer } from '../../support/database-server.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

async function ready({ url }: World): Promise<string> {
  const { status, headers, text } = await call(url, { method: 'GET', path: '/readyz' })
  expect(headers['cache-control']).toBe('no-store')
  return `${status} ${text}`
}

async function healthy({ url }: World): Promise<string> {
  const { status, text } = await call(url, { method: 'GET', path: '/healthz' })
  return `${status} ${text}`
}

const ok = '200 {"status":"ok"}'
const unavailable = (reason: string) => `503 {"status":"unavailable","reason":"${reason}"}`

describe('a server', () => {
  it('on a current database is healthy and ready, also for HEAD and with a query string', async () => {
    await using world = await createWorld({ data: 'empty' })
    expect(await healthy(world)).toBe(ok)
    expect(await ready(world)).toBe(ok)
    for (const path of ['/healthz', '/readyz', '/healthz?x=1', '/readyz?x=/anything']) {
      expect(await call(world.url, { method: 'HEAD', path })).toMatchObject({ status: 200, text: '' })
    }
  })

  it('is not ready while migrations are missing, and is once they are applied', async () => {
    await using world = await createWorld({ data: 'empty' })
    const missing = unavailable('migrations are missing: npm run migrate')
    await world.client.$executeRawUnsafe('update _prisma_migrations set rolled_back_at = now()')
    expect(await ready(world)).toBe(missing)
    await world.client.$executeRawUnsafe('update _prisma_migrations set rolled_back_at = null, finished_at = null')
    expect(await ready(world)).toBe(missing)
    expect(await healthy(world)).toBe(ok)
    await world.client.$executeRawUnsafe('update _prisma_migrations set finished_at = now()')
    expect(await ready(world)).toBe(ok)
  })

  it('is not ready while its role lacks rights, and is once they are granted', async () => {
    await using world = await createWorld({ data: 'empty' })
    const { role } = inject('server')
    const lacking = unavailable('the database role lacks rights: npm run migrate')
    const revocations = [
      `revoke select (finished_at) on _prisma_migrations from ${role.name}`,
      `revoke update (status_cd) on commerce.so_header from ${role.name}`,
      `revoke insert on platform.pf_outbox from ${role.name}`,
    ]
    for (const revocation of revocations) {
      await world.client.$executeRawUnsafe(revocation)
      expect(await ready(world)).toBe(lacking)
      await grantPrivileges(world.databaseUrl, role.name, domain.privileges)
    }
    expect(await ready(world)).toBe(ok)
  })

  it('checks migrations only until they are current', async () => {
    await using world = await createWorld({ data: 'empty' })
    expect(await ready(world)).toBe(ok)
    await world.client.$executeRawUnsafe('drop table _prisma_migrations')
    expect(await ready(world)).toBe(ok)
  })

  it('is healthy but not ready while its database is gone, and ready when it is back', async () => {
    await using world = await createWorld({ data: 'empty' })
    expect(await ready(world)).toBe(ok)
    const name = new URL(world.databaseUrl).pathname.slice(1)
    const { url } = inject('server')
    const theirs = `from pg_stat_activity where datname = '${name}'`
    await onServer(url, `alter database ${name} with allow_connections false`)
    await onServer(url, `select pg_terminate_backend(pid, 10000) ${theirs}`)
    await onServer(url, `alter database ${name} rename to ${name}_gone`)
    expect(await ready(world)).toBe(unavailable('the database does not answer'))
    expect(await healthy(world)).toBe(ok)
    await onServer(url, `alter database ${name}_gone rename to ${name}`)
    await onServer(url, `alter database ${name} with allow_connections true`)
    expect(await ready(world)).toBe(ok)
  })

  it('is not ready while every connection is busy, and responds within the bound', async () => {
    const env = { DATABASE_POOL_SIZE: '1', DATABASE_POOL_WAIT_MS: '1000' }
    await using world = await createWorld({ data: 'empty', env })
    expect(await ready(world)).toBe(ok)
    await using lock = await Lock.on('commerce.md_product', world)
    const busy = world.as('anonymous').query('{ products { totalCount } }')
    await lock.waitedForBy(1)
    expect(await ready(world)).toBe(unavailable('the database does not answer'))
    await lock.release()
    await busy
    expect(await ready(world)).toBe(ok)
  })
})
