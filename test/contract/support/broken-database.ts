import pg from 'pg'
import { inject } from 'vitest'
import { onServer } from '../../support/database-server.ts'
import type { World } from '../../support/world.ts'

// Ways for a server to lose its database. All but the last are undone when disposed of.

export function hideTable(world: World): Promise<AsyncDisposable> {
  return changed(
    world,
    'alter table platform.pf_api_key rename to pf_gone',
    'alter table platform.pf_gone rename to pf_api_key',
  )
}

export function hideColumn(world: World): Promise<AsyncDisposable> {
  const table = 'alter table platform.pf_api_key'
  return changed(world, `${table} rename key_nm to gone`, `${table} rename gone to key_nm`)
}

export function revokeReads(world: World): Promise<AsyncDisposable> {
  const { name } = inject('server').role
  const reads = 'select on platform.pf_api_key'
  return changed(world, `revoke ${reads} from ${name}`, `grant ${reads} to ${name}`)
}

async function changed({ client }: World, there: string, back: string): Promise<AsyncDisposable> {
  await client.$executeRawUnsafe(there)
  return { [Symbol.asyncDispose]: async () => void (await client.$executeRawUnsafe(back)) }
}

export async function dropDatabase({ databaseUrl }: World): Promise<AsyncDisposable> {
  const name = new URL(databaseUrl).pathname.slice(1)
  await onServer(inject('server').url, `drop database ${name} with (force)`)
  return { [Symbol.asyncDispose]: async () => {} }
}

/** Every read of the API keys waits. */
export function lockKeys(world: World): Promise<AsyncDisposable & { client: pg.Client }> {
  return lockTable(world, 'platform.pf_api_key')
}

/** Makes the first request with any idempotency key seem to be running. */
export function lockIdempotencyKeys(world: World): Promise<AsyncDisposable> {
  return lockTable(world, 'platform.pf_idempotency')
}

async function lockTable({ databaseUrl }: World, table: string): Promise<AsyncDisposable & { client: pg.Client }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  return { client, [Symbol.asyncDispose]: () => client.end() }
}

/** The server's only connection waits for the lock, and no request gets another. */
export async function occupyPool(world: World): Promise<AsyncDisposable> {
  const lock = await lockKeys(world)
  for (;;) {
    let over = false
    const query = world.as('admin').query('{ apiKeys { totalCount } }')
    const end = query.finally(() => {
      over = true
    })
    // On a busy machine even the first connection may take longer than the server waits for it, so this tries once
    // more.
    if (!(await isWaiting(lock.client, () => over))) continue
    return {
      [Symbol.asyncDispose]: async () => {
        await lock[Symbol.asyncDispose]()
        await end
      },
    }
  }
}

/** As many requests as run at once wait for the lock, and for the only connection. */
export async function takeAllPlaces(world: World): Promise<AsyncDisposable> {
  const lock = await lockKeys(world)
  const running = Array.from({ length: 16 }, () => world.as('admin').query('{ apiKeys { totalCount } }'))
  await isWaiting(lock.client, () => false)
  return {
    [Symbol.asyncDispose]: async () => {
      await lock[Symbol.asyncDispose]()
      await Promise.all(running)
    },
  }
}

/** Cuts off the connections that wait for the lock, as stopping PostgreSQL would. */
export async function terminateConnections(world: World): Promise<AsyncDisposable> {
  const lock = await lockKeys(world)
  let disposed = false
  const cutOff = isWaiting(lock.client, () => disposed).then(() =>
    lock.client.query(`select pg_terminate_backend(pid) ${waiters}`),
  )
  return {
    [Symbol.asyncDispose]: async () => {
      disposed = true
      await cutOff
      await lock[Symbol.asyncDispose]()
    },
  }
}

/** Unlike pg_stat_activity, pg_locks is read anew by each statement of a transaction. */
const waiters = `from pg_locks join pg_database on pg_database.oid = database
  where datname = current_database() and not granted`

/** Polls until a connection waits for a lock, or none is left. */
async function isWaiting(client: pg.Client, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    const { rowCount } = await client.query(`select ${waiters}`)
    if (rowCount !== 0) return true
  }
  return false
}
