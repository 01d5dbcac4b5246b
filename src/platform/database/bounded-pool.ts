import type pg from 'pg'
import { type Bounds, type CurrentBounds, timeLeft } from './bounds.ts'
import { requestCancel } from './cancel-request.ts'
import { CallerGone, DeadlinePassed } from './failure.ts'
import { PooledClient } from './pooled-client.ts'

interface BoundedPoolOptions {
  bounds: CurrentBounds
  /** How long a statement may run at most, in milliseconds: the session's own timeout. */
  statementMs: number
}

/**
 * The pool, with statements that end with the request that they are for. A wait for a connection ends at its deadline, and
 * so does a statement. Where the caller has gone, PostgreSQL cancels the statement, and its connection is free.
 */
export function boundedPool(pool: pg.Pool, { bounds, statementMs }: BoundedPoolOptions): pg.Pool {
  return Object.create(pool, {
    query: {
      value: async (statement: pg.QueryConfig) => {
        const ofRequest = bounds()
        if (!ofRequest) return pool.query(statement)
        const client = await connectWithin(pool, ofRequest)
        return runWithin(client, statement, ofRequest, statementMs)
      },
    },
  })
}

/** A connection of the pool. Throws DeadlinePassed and CallerGone. The caller releases it. */
export async function connectWithin(pool: pg.Pool, bounds: Bounds): Promise<pg.PoolClient> {
  const left = timeLeft(bounds)
  const isFree = pool.idleCount > 0
  const connecting = pool.connect()
  return isFree ? connecting : orGiveUp(connecting, left, bounds)
}

/** A connection that comes too late goes back to the pool. */
function orGiveUp(connecting: Promise<pg.PoolClient>, leftMs: number, { signal }: Bounds): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const giveUp = (error: Error) => {
      end()
      reject(error)
    }
    const leave = () => giveUp(new CallerGone())
    const timer = setTimeout(() => giveUp(new DeadlinePassed()), Math.min(leftMs, longestTimerMs))
    signal?.addEventListener('abort', leave, { once: true })
    function end(): void {
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    }
    connecting.then(
      (client) => {
        if (isOver) return client.release()
        end()
        resolve(client)
      },
      (error: Error) => {
        if (!isOver) giveUp(error)
      },
    )
  })
}

/** The largest value of Node's timers. */
const longestTimerMs = 2_147_483_647
const ignore = () => {}

async function runWithin(client: pg.PoolClient, statement: pg.QueryConfig, bounds: Bounds, statementMs: number) {
  const { signal } = bounds
  let cancelling: Promise<void> | undefined
  const cancel = () => {
    cancelling = requestCancel(client as pg.PoolClient & pg.Client)
  }
  let isIntact = false
  try {
    const left = timeLeft(bounds)
    signal?.addEventListener('abort', cancel, { once: true })
    const result = await (left < statementMs ? runFor(left, client, statement) : client.query(statement))
    isIntact = cancelling === undefined
    return result
  } catch (error) {
    // A statement that was cancelled leaves the connection as it was. Any other error may be one of the connection.
    isIntact = cancelling !== undefined && isCancelled(error)
    throw cancelling ? new CallerGone() : error
  } finally {
    signal?.removeEventListener('abort', cancel)
    // A cancel request that comes later would hit the next statement of the connection.
    await cancelling
    client.release(!isIntact)
  }
}

/** The three statements are one round trip. */
async function runFor(leftMs: number, client: pg.PoolClient, statement: pg.QueryConfig) {
  if (client instanceof PooledClient) return client.queryWithin(Math.ceil(leftMs), statement)
  client.query(`set statement_timeout = ${Math.ceil(leftMs)}`).catch(ignore)
  const running = client.query(statement)
  const reset = client.query('reset statement_timeout')
  const [result] = await Promise.all([running, reset])
  return result
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled */
function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014'
}
