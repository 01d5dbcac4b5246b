import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { momentIn } from './moment.ts'
import type { StatementListener } from './statement.ts'
import type { TimeZone } from './time-zone.ts'

/** Prisma over a pool, with a listener for every statement. It takes columns without a zone as UTC: here they are of this zone. */
export function prismaOver(pool: pg.Pool, zone: TimeZone, observe: StatementListener): PrismaClient {
  // Any other format repeats the arguments of a refused call in its message.
  return new PrismaClient({ adapter: new ObservedPg(pool, zone, observe), errorFormat: 'minimal' })
}

/** Prisma's PostgreSQL adapter that reports every statement. */
class ObservedPg extends PrismaPg {
  readonly #zone: TimeZone
  readonly #observe: StatementListener

  constructor(pool: pg.Pool, zone: TimeZone, observe: StatementListener) {
    super(zone.isUtc ? pool : inZone(pool, zone))
    this.#zone = zone
    this.#observe = observe
  }

  override async connect() {
    const adapter = await super.connect()
    observeQueries(adapter, this.#zone, this.#observe)
    return adapter
  }
}

function observeQueries(queryable: SqlQueryable, zone: TimeZone, observe: StatementListener): void {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = async (query: SqlQuery) => {
    const result = await queryRaw(zone.isUtc ? query : withLocalTimes(query, zone))
    observe({ sql: query.sql, args: query.args, rows: result.rows.length })
    return result
  }
  queryable.executeRaw = async (query: SqlQuery) => {
    const rows = await executeRaw(zone.isUtc ? query : withLocalTimes(query, zone))
    observe({ sql: query.sql, args: query.args, rows })
    return rows
  }
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
