import type { ClientBase } from 'pg'
import { z } from 'zod'
import { externalGrants, OwnerMustGrant, tableGrants } from './owner-grants.ts'
import { calledRoutines, type DomainPrivileges, jobsSchema, rightsOf, type TableRights } from './privileges.ts'
import { powersOf } from './role-powers.ts'
import { withClient } from './with-client.ts'

/** The columns of Prisma Migrate's table that readiness reads. */
const migrationColumns = ['migration_name', 'finished_at', 'rolled_back_at']

/** "FGRT" in ASCII: two grants at once would conflict on rows of the catalogue. */
const grantLock = 0x46_47_52_54

/**
 * Grants the server role what its reads and mutations need in this database, and revokes everything else in our schemas
 * from it and from PUBLIC, in one transaction, so that a running server is not disturbed. On tables of another system only
 * the rights of the server role are changed. Connects as the owner role. Fails where the role is missing, where grants
 * could not bound it, and, with everything else done, where only the owner of tables may give rights to them.
 */
export async function grantPrivileges(ownerUrl: string, role: string, domain: DomainPrivileges): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [grantLock])
    await requireOrdinary(client, role)
    const quoted = client.escapeIdentifier(role)
    const all = rightsOf(domain)
    const external = all.filter(({ isExternal }) => isExternal)
    const theirs = await externalGrants(client, { name: role, quoted }, external)
    const ours = await grantStatements(client, quoted, { own: all.filter(({ isExternal }) => !isExternal), external })
    // One message for all statements, because each start of the embedded database sends it.
    await client.query(`${[...ours, ...theirs.own].join(';\n')};\ncommit`)
    if (theirs.others.length > 0) throw new OwnerMustGrant(theirs.others)
  })
}

async function requireOrdinary(client: ClientBase, role: string): Promise<void> {
  const powers = await powersOf(client, role)
  if (!powers) throw new Error(`There is no role "${role}"; make it first: CREATE ROLE "${role}" LOGIN PASSWORD '…'`)
  const unbounded = powers.filter((power) => power === 'is a superuser' || power === 'owns tables')
  if (unbounded.length === 0) return
  throw new Error(`The role "${role}" ${unbounded.join(' and ')}, which no grant can bound: the server needs another.`)
}

interface Rights {
  own: readonly TableRights[]
  external: readonly TableRights[]
}

async function grantStatements(client: ClientBase, role: string, { own, external }: Rights): Promise<string[]> {
  const place = await lookAround(client, { own, external })
  const ours = place.schemas.join(', ')
  // Others use a database with tables of another system, and what is in it.
  const isOurDatabase = place.ownsDatabase && external.length === 0
  return [
    ...['tables', 'sequences', 'routines'].map(
      (kind) => `revoke all on all ${kind} in schema ${ours} from ${role}, public`,
    ),
    `revoke all on schema ${ours} from ${role}, public`,
    `revoke all on table ${place.migrations} from ${role}, public`,
    ...place.shared.map((table) => `revoke all on table ${table} from ${role}, public`),
    ...(isOurDatabase ? databaseGrants(place.database, role) : []),
    ...(isOurDatabase && place.ownsPublic ? publicSchemaGrants(role) : []),
    ...(place.ownsHistorySchema ? [`grant usage on schema ${place.historySchema} to ${role}`] : []),
    `grant usage on schema ${ours} to ${role}`,
    `grant select (${migrationColumns.join(', ')}) on table ${place.migrations} to ${role}`,
    ...own.flatMap((table) => tableGrants(table, role)),
    ...place.sequences.map((sequence) => `grant usage on sequence ${sequence} to ${role}`),
    `grant execute on function ${calledRoutines.join(', ')} to ${role}`,
    // Each role that writes to a table calls what its columns call.
    ...place.routinesOfColumns.map((routine) => `grant execute on function ${routine} to public`),
    ...jobsGrants(role),
  ]
}

function jobsGrants(role: string): string[] {
  return [
    `revoke all on schema ${jobsSchema} from ${role}, public`,
    `grant usage on schema ${jobsSchema} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${jobsSchema} to ${role}`,
    `grant execute on function ${jobsSchema}.job_now() to ${role}`,
  ]
}

/** Others may use the same database, so PUBLIC may still connect to it. */
function databaseGrants(database: string, role: string): string[] {
  return [
    `revoke all on database ${database} from ${role}`,
    `revoke create, temporary on database ${database} from public`,
    `grant connect on database ${database} to ${role}`,
  ]
}

/** Until PostgreSQL 15 everyone could create in this schema. Others may use what is there. */
function publicSchemaGrants(role: string): string[] {
  return [
    `revoke all on schema public from ${role}`,
    'revoke create on schema public from public',
    `grant usage on schema public to ${role}`,
  ]
}

const surroundings = z.tuple([
  z.object({
    database: z.string(),
    ownsDatabase: z.boolean(),
    ownsPublic: z.boolean(),
    migrations: z.string(),
    historySchema: z.string(),
    ownsHistorySchema: z.boolean(),
    /** Schemas without tables of another system. */
    schemas: z.array(z.string()),
    /** Our tables in other schemas. */
    shared: z.array(z.string()),
    sequences: z.array(z.string()),
    /** Functions that defaults and generated columns of our tables call, without those that run with their owner's rights. */
    routinesOfColumns: z.array(z.string()),
  }),
])

/** The parts of this database by name, and which of them the connected role may grant. */
async function lookAround(client: ClientBase, { own, external }: Rights) {
  const tables = own.map(({ table }) => table)
  const inserted = own.filter(({ kinds }) => kinds.includes('insert')).map(({ table }) => table)
  // Sequences of serial columns. Sequences of identity columns need no right of their own.
  const { rows } = await client.query(
    `with own as (select oid, relnamespace as ns from pg_class where oid = any($1::regclass[])),
          theirs as (select relnamespace as ns from pg_class c join unnest($3::text[]) t on c.oid = to_regclass(t)),
          history as (select n.oid, nspname, nspowner from pg_class c join pg_namespace n on n.oid = c.relnamespace
                      where c.oid = coalesce(to_regclass('platform._prisma_migrations'),
                                             'public._prisma_migrations'::regclass))
     select quote_ident(current_database()) as "database",
            (select pg_has_role(datdba, 'USAGE') from pg_database where datname = current_database()) as "ownsDatabase",
            (select pg_has_role(nspowner, 'USAGE') from pg_namespace where nspname = 'public') as "ownsPublic",
            (select format('%I._prisma_migrations', nspname) from history) as "migrations",
            (select quote_ident(nspname) from history) as "historySchema",
            (select pg_has_role(nspowner, 'USAGE') from history) as "ownsHistorySchema",
            (select array_agg(distinct ns::regnamespace::text) from own where ns not in (select ns from theirs)) as "schemas",
            array(select oid::regclass::text from own where ns in (select ns from theirs)) as "shared",
            array(select objid::regclass::text from pg_depend join pg_class on pg_class.oid = objid and relkind = 'S'
                  where refobjid = any($2::regclass[]) and deptype = 'a') as "sequences",
            array(select distinct p.oid::regprocedure::text from own join pg_attrdef on adrelid = own.oid
                  join pg_depend on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid and refclassid = 'pg_proc'::regclass
                  join pg_proc p on p.oid = refobjid and p.pronamespace in (select ns from own) and not p.prosecdef) as "routinesOfColumns"`,
    [tables, inserted, external.map(({ table }) => table)],
  )
  return surroundings.parse(rows)[0]
}
