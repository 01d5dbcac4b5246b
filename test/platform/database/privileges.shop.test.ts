import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { grantPrivileges } from '../../../src/platform/database/grant-privileges.ts'
import { rightsOf } from '../../../src/platform/database/privileges.ts'
import { powersAt } from '../../../src/platform/database/role-powers.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { domain } from '../../../src/schema.ts'
import { onServer } from '../../support/database-server.ts'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let role: string
beforeAll(async () => {
  world = await createWorld()
  role = inject('server').role.name
  // Another role must be connected too.
  await world.client.category.count()
})
afterAll(() => world.close())

/** The first column of every row, as the owner sees it. */
async function column(sql: string): Promise<string[]> {
  return withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    const texts = z.array(z.tuple([z.string()]))
    return texts.parse(rows).map(([value]) => value)
  })
}

/** Every right of this role to a table, column or sequence; PUBLIC is the role number 0. */
const rightsIn = (grantee: string) => `
  select format('"%s"."%s" %s', nspname, relname, lower(privilege_type)) from pg_class
  join pg_namespace n on n.oid = relnamespace, aclexplode(relacl) acl
  where nspname in ('commerce', 'platform', 'public') and (relkind <> 'v' or nspname = 'platform') and acl.grantee = ${grantee}
  union all
  select format('"%s"."%s" %s "%s"', nspname, relname, lower(privilege_type), attname) from pg_attribute
  join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace, aclexplode(attacl) acl
  where nspname in ('commerce', 'platform', 'public') and acl.grantee = ${grantee}
  order by 1`

const rightsOfRole = () => column(rightsIn(`'${role}'::regrole`))
const wholeList = [
  ...rightsOf(domain.privileges).flatMap(({ table, kinds, columns }) => [
    ...kinds.map((kind) => `${table} ${kind}`),
    ...columns.map((name) => `${table} update ${name}`),
  ]),
  '"commerce"."so_header_doc_no_seq" usage',
  '"platform"."pf_audit_pos_seq" usage',
  '"platform"."pf_outbox_pos_seq" usage',
  ...['finished_at', 'migration_name', 'rolled_back_at'].map(
    (name) => `"public"."_prisma_migrations" select "${name}"`,
  ),
].sort()

describe('the server', () => {
  it('connects as a role of its own, which owns nothing and has no powers', async () => {
    await world.as('anonymous').query('{ products { totalCount } }')
    const users = `select distinct usename from pg_stat_activity
      where datname = current_database() and application_name = 'frontdoor'`
    expect(await column(users)).toEqual([role])
    expect(await powersAt(world.serverDatabaseUrl)).toEqual({ role, powers: [] })
    const owned = `select classid::regclass::text from pg_shdepend
      where refobjid = '${role}'::regrole and refclassid = 'pg_authid'::regclass and deptype = 'o'`
    expect(await column(owned)).toEqual([])
  })

  it('has exactly the listed rights, and PUBLIC has none', async () => {
    expect(await rightsOfRole()).toEqual(wholeList)
    expect(await column(rightsIn('0'))).toEqual([])
  })
})

const refused: [what: string, sql: string][] = [
  ['create a table of the domain', 'create table commerce.note (id int)'],
  ['create a table of the platform', 'create table platform.note (id int)'],
  ['create a table elsewhere', 'create table public.note (id int)'],
  ['create a table for the time being', 'create temporary table note (id int)'],
  ['create a schema', 'create schema note'],
  ['create a function', 'create function commerce.note() returns int language sql as $$ select 1 $$'],
  ['create a role', 'create role note'],
  ['create a database', 'create database note'],
  ['change a table', 'alter table commerce.so_header add column note text'],
  ['switch the checks of a table off', 'alter table commerce.so_header disable trigger all'],
  [
    'put a trigger on a table',
    'create trigger t after insert on commerce.so_header execute function suppress_redundant_updates_trigger()',
  ],
  ['make an index', 'create index on commerce.so_header (doc_no)'],
  ['drop a table', 'drop table platform.pf_dataset'],
  ['empty a table', 'truncate commerce.so_line'],
  ['keep everybody out of a table', 'begin; lock table commerce.so_header in access exclusive mode'],
  ['change the id of a row', 'update commerce.so_header set uid = gen_random_uuid()'],
  ['change when an order was placed', 'update commerce.so_header set placed_ts = now()'],
  ['change whose an order is', 'update commerce.so_header set cust_uid = cust_uid'],
  ['change what was invoiced', 'update commerce.ar_invoice set amount_minor = 0'],
  ['change the ledger of the stock', 'update commerce.md_stock_move set qty_delta = 1'],
  ['change what happened', "update platform.pf_outbox set actor_id = 'nobody'"],
  ['forget what happened', 'delete from platform.pf_outbox'],
  ['delete an order', 'delete from commerce.so_header'],
  ['delete a customer', 'delete from commerce.crm_customer'],
  ['add a supplier', "insert into commerce.md_supplier (uid, nm, addr_ctry) values (gen_random_uuid(), 'x', 'DE')"],
  ['say that a migration was applied', 'update public._prisma_migrations set finished_at = now()'],
  ['read how migrations went', 'select logs from public._prisma_migrations'],
  ['read which data were loaded', 'select * from platform.pf_dataset'],
  ['set the number of the next order', "select setval('commerce.so_header_doc_no_seq', 1)"],
  ['read the passwords of roles', 'select rolpassword from pg_authid'],
  ['read files', "select pg_read_file('postgresql.conf')"],
  ['run programs', "copy (select 1) to program 'true'"],
  ['give rights away', 'grant select on platform.pf_dataset to public'],
  [
    'end another’s connection',
    'select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user and pid <> pg_backend_pid()',
  ],
]

describe('the server role', () => {
  it.each(refused)('cannot %s', async (_what, sql) => {
    const attempt = withClient(world.serverDatabaseUrl, (client) => client.query(sql))
    await expect(attempt).rejects.toMatchObject({ code: '42501' })
  })

  it('cannot become the owner', async () => {
    const [owner] = await column('select session_user')
    const attempt = withClient(world.serverDatabaseUrl, (client) => client.query(`set role "${owner}"`))
    await expect(attempt).rejects.toMatchObject({ code: '42501' })
  })
})

describe('granting', () => {
  const grant = (to = role) => grantPrivileges(world.databaseUrl, to, domain.privileges)

  it('adds missing rights, revokes others, and changes nothing the second time', async () => {
    await onServer(
      world.databaseUrl,
      `revoke all on commerce.so_header from ${role}`,
      `grant delete, truncate on commerce.ar_invoice to ${role}`,
      `grant update (placed_ts) on commerce.so_header to ${role}`,
      'grant select on commerce.crm_customer to public',
      'grant create on schema public to public',
      `grant create on database ${new URL(world.databaseUrl).pathname.slice(1)} to ${role}`,
    )
    expect(await rightsOfRole()).not.toEqual(wholeList)
    for (let round = 0; round < 2; round++) {
      await grant()
      expect(await rightsOfRole()).toEqual(wholeList)
      expect(await column(rightsIn('0'))).toEqual([])
    }
    const creates = `select kind from (values
        ('schema', has_schema_privilege('${role}', 'public', 'create')),
        ('database', has_database_privilege('${role}', current_database(), 'create'))) as may(kind, yes) where yes`
    expect(await column(creates)).toEqual([])
  })

  it('can run several times at once', async () => {
    await Promise.all([grant(), grant(), grant()])
    expect(await rightsOfRole()).toEqual(wholeList)
  })

  it('is refused for a missing role, and for one that no grant can bound', async () => {
    await expect(grant('nobody of this name')).rejects.toThrow('There is no role "nobody of this name"')
    const { role: owner } = await powersAt(world.databaseUrl)
    await expect(grant(owner)).rejects.toThrow(`The role "${owner}"`)
    expect(await rightsOfRole()).toEqual(wholeList)
  })
})
