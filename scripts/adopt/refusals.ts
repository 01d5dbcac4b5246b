import pg from 'pg'
import { z } from 'zod'
import type { Catalogue, Wanted } from './catalogue.ts'

/** The URL of a database; throws for anything else. No part of what was given is repeated: any of it may be a password. */
export function checkedUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw new Error(text.includes('@') ? oddSigns : `The URL cannot be read: it is ${likeThis}.`)
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') {
    throw new Error('Only PostgreSQL can be adopted: the URL begins with postgresql://.')
  }
  // A password with one of these signs ends the part of the URL that passwords are in.
  const { username, password, pathname, search, hash } = url
  const isCut = `${pathname}${search}${hash}`.includes('@') || hash !== ''
  if (isCut || ![username, password, pathname].every(isDecodable)) throw new Error(oddSigns)
  if (pathname.length < 2) throw new Error(`The URL names no database: it is ${likeThis}.`)
  return url
}

const likeThis = 'like postgresql://user:password@host:5432/database'
const oddSigns =
  'The URL cannot be read: in a password @ is written %40, / is %2F, : is %3A, # is %23, ? is %3F and % is %25.'

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const coded = z.looseObject({ code: z.string() })

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: what to do about the refusals of a server. */
const advices: Record<string, string | undefined> = {
  '28P01': 'Check the user and the password in the URL.',
  '28000': 'Check the user in the URL, and add ?sslmode=require where the server wants encryption.',
  '3D000': 'Check the name at the end of the URL.',
  '42501':
    'Ask its owner to grant this role what it lacks: CONNECT on the database, USAGE on the schemas, SELECT on the tables.',
  '53300': 'Close other connections, or try again later.',
  '55000': 'Ask its owner to allow connections.',
  '55P03': 'Somebody holds a lock on the catalogue: try again later.',
  '57014': 'Try again when the server has less to do, or read less with --schema and --tables.',
  '57P01': 'Try again.',
  '57P03': 'Try again when it is up.',
}

/** Why the server cannot be reached, or does not let us in, as one sentence without the password. */
export function connectionRefusal(error: unknown, url: URL): Error {
  const place = placeOf(url)
  const { code } = coded.safeParse(error).data ?? { code: '' }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof pg.DatabaseError) return refused(error, place)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new Error(`There is no host ${url.hostname}: check the URL.`)
  if (code === 'ECONNREFUSED')
    return new Error(`No server listens at ${place}: start it, or check host and port of the URL.`)
  if (/password must be/.test(message)) {
    return new Error(`The server at ${place} wants a password: put it into the URL or into PGPASSWORD.`)
  }
  if (/timeout expired|connection timeout|terminated|ECONNRESET/i.test(`${message} ${code}`)) {
    return new Error(`What listens at ${place} does not answer as PostgreSQL does: check host and port of the URL.`)
  }
  return new Error(`The server at ${place} cannot be reached: ${message}.`)
}

/** Why the catalogue cannot be read. What is no matter of the server stays as it is. */
export function readingRefusal(error: unknown, url: URL): unknown {
  const place = placeOf(url)
  if (error instanceof pg.DatabaseError) return refused(error, place)
  const isLost = error instanceof Error && /^Connection terminated|ECONNRESET/.test(error.message)
  return isLost ? new Error(`The server at ${place} ended the connection: try again.`) : error
}

function refused({ message, code = '' }: pg.DatabaseError, place: string): Error {
  const advice = advices[code] ?? advices[code.startsWith('28') ? '28000' : '']
  return new Error(`The server at ${place} refuses: ${message}.${advice ? ` ${advice}` : ''}`)
}

function placeOf({ hostname, port, searchParams }: URL): string {
  return searchParams.get('host') ?? `${hostname || 'localhost'}:${port || '5432'}`
}

/** Throws where there is nothing to adopt, or where something was asked for that is not there. */
export function checkFound({ tables, schemas, server }: Catalogue, wanted: Wanted): void {
  const missing = wanted.schemas.filter((name) => !schemas.some((schema) => schema.name === name))
  const others = schemas.map(({ name }) => name).filter((name) => !wanted.schemas.includes(name))
  if (missing.length === wanted.schemas.length) {
    const elsewhere =
      others.length === 0
        ? ' Check the URL, or make tables first.'
        : ` There are tables in others: --schema ${others.join(',')}`
    throw new Error(`The database ${server.database} has no tables in ${listed(wanted.schemas)}.${elsewhere}`)
  }
  if (missing.length > 0)
    throw new Error(`The database ${server.database} has no tables in ${listed(missing)}: check --schema.`)
  const unknown = (wanted.tables ?? []).filter(
    (asked) => !tables.some(({ schema, name }) => asked === name || asked === `${schema}.${name}`),
  )
  if (unknown.length > 0)
    throw new Error(
      `The database ${server.database} has no table ${unknown.join(', ')} in ${listed(wanted.schemas)}: check --tables and --schema.`,
    )
  if (tables.every(({ isReadable }) => !isReadable)) {
    throw new Error(
      `The role ${server.role} may read none of the ${tables.length} tables: grant it USAGE on the schema and SELECT on the tables.`,
    )
  }
}

function listed(schemas: readonly string[]): string {
  return schemas.length === 1 ? `the schema ${schemas[0]}` : `the schemas ${schemas.join(', ')}`
}
