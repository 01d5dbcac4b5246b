import pg from 'pg'
import { inject } from 'vitest'
import { onServer } from '../../support/database-server.ts'
import type { World } from '../../support/world.ts'

// Ways for a server to lose its database, each until disposed of, but for the last of these.

export function hideTable(world: World): Promise<AsyncDisposable> {
  return changed(
    world,
    'alter table commerce.md_product rename to md_gone',
    'alter table commerce.md_gone rename to md_product',
  )
}

export function hideColumn(world: World): Promise<AsyncDisposable> {
  const table = 'alter table commerce.md_category'
  return changed(world, `${table} rename descr_txt to gone`, `${table} rename gone to descr_txt`)
}

export function revokeReads(world: World): Promise<AsyncDisposable> {
  const { name } = inject('server').role
  const reads = 'select on commerce.md_product'
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

/** Every read of the products waits. */
export function lockProducts(world: World): Promise<AsyncDisposable & { client: pg.Client }> {
  return lockTable(world, 'commerce.md_product')
}

/** As if the first request with any idempotency key did not end. */
export function lockIdempotencyKeys(world: World): Promise<AsyncDisposable> {
  return lockTable(world, 'platform.pf_idempotency')
}

async function lockTable({ databaseUrl }: World, table: string): Promise<AsyncDisposable & { client: pg.Client }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  return { client, [Symbol.asyncDispose]: () => client.end() }
}

/** The server's only connection waits for the lock, and nobody else gets one. */
export async function occupyPool(world: World): Promise<AsyncDisposable> {
  const lock = await lockProducts(world)
  for (;;) {
    let over = false
    const query = world.as('anonymous').query('{ products { totalCount } }')
    const end = query.finally(() => {
      over = true
    })
    // On a busy machine even the first connection may take longer than the server waits for one: then once more.
    if (!(await isWaiting(lock.client, () => over))) continue
    return {
      [Symbol.asyncDispose]: async () => {
        await lock[Symbol.asyncDispose]()
        await end
      },
    }
  }
}

/** What waits for the lock is cut off, as when PostgreSQL is stopped. */
export async function terminateConnections(world: World): Promise<AsyncDisposable> {
  const lock = await lockProducts(world)
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

/** Asks until somebody waits for a lock, or there is nobody left to do so. */
async function isWaiting(client: pg.Client, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    const { rowCount } = await client.query(`select ${waiters}`)
    if (rowCount !== 0) return true
  }
  return false
}
