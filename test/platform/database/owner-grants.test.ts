import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { externalGrants } from '../../../src/platform/database/owner-grants.ts'
import type { TableRights } from '../../../src/platform/database/privileges.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { databaseUrl, onServer } from '../../support/database-server.ts'

const run = randomUUID().slice(0, 8)
const named = (name: string) => `frontdoor_grants_${name}_${run}`
const [owner, other, migrator, server] = [named('owner'), named('other'), named('migrator'), named('server')]
const roles = [owner, other, migrator, server]
const database = named('db')
const rights: TableRights[] = [
  { table: '"sales"."album"', isExternal: true, kinds: ['select', 'insert'], columns: ['"title"'] },
  { table: '"sales"."top album"', isExternal: true, kinds: ['select'], columns: [] },
]

let url: string
beforeAll(async () => {
  const { url: serverUrl } = inject('server')
  url = databaseUrl(serverUrl, database)
  await onServer(serverUrl, ...roles.map((role) => `create role ${role}`), `create database ${database}`)
  await onServer(
    url,
    `create schema sales authorization ${owner}`,
    `set role ${owner}`,
    'create table sales.album (id serial primary key, title text, price numeric)',
    'create view sales."top album" as select * from sales.album',
    'create table sales.secret (id integer)',
    `grant usage on schema sales to ${other}, public`,
    `grant select, update on sales.album, sales.secret to ${other}`,
    'grant select on sales.album to public',
    `grant delete, update (price) on sales.album to ${server}`,
    `grant select on sales.secret to ${server}`,
  )
})
afterAll(async () => {
  const { url: serverUrl } = inject('server')
  await onServer(serverUrl, `drop database if exists ${database} with (force)`)
  await onServer(serverUrl, ...roles.map((role) => `drop role if exists ${role}`))
})

const asRole = <T>(role: string, use: (client: pg.Client) => Promise<T>) =>
  withClient(url, async (client) => {
    await client.query(`set role ${role}`)
    return use(client)
  })
const grantsOf = (role: string) =>
  asRole(role, (client) => externalGrants(client, { name: server, quoted: server }, rights))

const held = z.array(z.object({ right: z.string() }))
/** What a role, or PUBLIC, may do in the schema. */
const rightsOf = (role: string) =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      `select format('%s %s', relname, lower(privilege_type)) as "right" from pg_class, aclexplode(relacl) acl
       where relnamespace = 'sales'::regnamespace and acl.grantee = coalesce(to_regrole($1)::oid, 0)
       union all
       select format('%s %s %s', attrelid::regclass, lower(privilege_type), attname) from pg_attribute, aclexplode(attacl) acl
       where attrelid = 'sales.album'::regclass and acl.grantee = coalesce(to_regrole($1)::oid, 0) order by 1`,
      [role],
    )
    return held.parse(rows).map(({ right }) => right)
  })
const rightsOfOthers = async () => [await rightsOf(other), await rightsOf('everyone')]

describe('rights to tables of another system', () => {
  it('are for their owner to give, where the migrating role may not: these statements', async () => {
    const before = await rightsOf(server)
    expect(await grantsOf(migrator)).toEqual({
      own: [],
      others: [
        // Everyone may read it.
        `grant insert, update ("title") on table "sales"."album" to ${server}`,
        `grant usage on sequence sales.album_id_seq to ${server}`,
        `grant select on table "sales"."top album" to ${server}`,
      ],
    })
    expect(await rightsOf(server)).toEqual(before)
  })

  it('are exactly those that are needed, and nobody else gets or loses any', async () => {
    const before = await rightsOfOthers()
    expect(before[1]).toEqual(['album select'])
    const { own, others } = await grantsOf(owner)
    expect(others).toEqual([])
    await asRole(owner, (client) => client.query(own.join(';')))
    expect((await rightsOf(server)).sort()).toEqual([
      'album insert',
      'album select',
      'album_id_seq usage',
      'sales.album update title',
      // Not served, so it is not ours to change.
      'secret select',
      'top album select',
    ])
    expect(await rightsOfOthers()).toEqual(before)
    expect(await grantsOf(migrator)).toEqual({ own: [], others: [] })
  })
})
