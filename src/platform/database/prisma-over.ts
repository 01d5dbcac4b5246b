import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { askedBefore } from './asking-field.ts'
import { momentIn } from './moment.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

interface Observed {
  zone: TimeZone
  server: string
  observe: StatementListener
}

/** Prisma over a pool, with a listener for every statement. It takes columns without a zone as UTC: here they are of this zone. */
export function prismaOver(pool: pg.Pool, observed: Observed): PrismaClient {
  // Any other format repeats the arguments of a refused call in its message.
  return new PrismaClient({ adapter: new ObservedPg(pool, observed), errorFormat: 'minimal' })
}

/** Prisma's PostgreSQL adapter that reports every statement. */
class ObservedPg extends PrismaPg {
  readonly #observed: Observed

  constructor(pool: pg.Pool, observed: Observed) {
    super(observed.zone.isUtc ? pool : inZone(pool, observed.zone))
    this.#observed = observed
  }

  override async connect() {
    const adapter = await super.connect()
    observeQueries(adapter, this.#observed)
    return adapter
  }
}

function observeQueries(queryable: SqlQueryable, { zone, server, observe }: Observed): void {
  const observed = <Result>(send: (query: SqlQuery) => Promise<Result>, rowsIn: (result: Result) => number) => {
    return async (query: SqlQuery) => {
      const { sql, args } = query
      const sent = { sql, args, startedAt: performance.now(), server, askedBy: askedBefore() }
      try {
        const result = await send(zone.isUtc ? query : withLocalTimes(query, zone))
        observe({ ...sent, rows: rowsIn(result), hasFailed: false })
        return result
      } catch (error) {
        observe({ ...sent, rows: 0, hasFailed: true })
        throw error
      }
    }
  }
  queryable.queryRaw = observed(queryable.queryRaw.bind(queryable), ({ rows }) => rows.length)
  queryable.executeRaw = observed(queryable.executeRaw.bind(queryable), (rows) => rows)
}

const timestampOid = 1114

/** The pool, whose times without a zone are those of UTC that Prisma takes them for. */
function inZone(pool: pg.Pool, zone: TimeZone): pg.Pool {
  const momentOf = (text: string) => momentIn(text.replace(' ', 'T'), zone).toISOString()
  const parserOf = ({ types = pg.types }: pg.QueryConfig, oid: number) =>
    oid === timestampOid ? momentOf : types.getTypeParser(oid, 'text')
  return Object.create(pool, {
    query: {
      value: (config: pg.QueryConfig) =>
        pool.query({ ...config, types: { getTypeParser: (oid: number) => parserOf(config, oid) } }),
    },
  })
}

/** Prisma writes a Date as it is in UTC, without a zone. */
function withLocalTimes(query: SqlQuery, zone: TimeZone): SqlQuery {
  const args = query.args.map((value, at) => {
    const isLocal = query.argTypes[at]?.dbType === 'TIMESTAMP' && (value instanceof Date || typeof value === 'string')
    return isLocal ? new Date(zone.localAt(new Date(value).getTime())) : value
  })
  return { ...query, args }
}
