import type { DatabaseUrls } from '../../../../src/platform/database/urls.ts'
import { onServer } from '../../../support/database-server.ts'
import type { World } from '../../../support/world.ts'

/** What a database and its roles can set to make answers other ones. */
export const hostileSettings = [
  'search_path = trap, pg_catalog',
  `datestyle = 'German, DMY'`,
  'intervalstyle = sql_standard',
  `timezone = 'Asia/Tokyo'`,
  'bytea_output = escape',
  'standard_conforming_strings = off',
  'array_nulls = off',
  'transform_null_equals = on',
  'quote_all_identifiers = on',
  'extra_float_digits = -15',
  'row_security = off',
  `default_transaction_isolation = 'serializable'`,
  'default_transaction_read_only = on',
  'default_transaction_deferrable = on',
  'statement_timeout = 1',
  'lock_timeout = 1',
  'idle_session_timeout = 1',
  'idle_in_transaction_session_timeout = 1',
]

const trapped = {
  'now()': 'timestamptz',
  'count(uuid)': 'bigint',
  'lower(text)': 'text',
  'lower(varchar)': 'text',
  'format(text, text, text)': 'text',
  'to_regclass(text)': 'regclass',
  'jsonb_build_array(numeric, numeric)': 'jsonb',
  'make_interval(integer)': 'interval',
  'same(uuid, uuid)': 'boolean',
  'same(varchar, varchar)': 'boolean',
  'same(integer, smallint)': 'boolean',
}

/** A schema in which everything has the name of something that statements use, and fails. */
const trap = [
  'create schema trap',
  'grant usage on schema trap to public',
  ...Object.entries(trapped).map(
    ([name, type]) =>
      `create function trap.${name} returns ${type} language plpgsql as $$ begin raise exception 'trapped'; end $$`,
  ),
  ...['uuid, uuid', 'varchar, varchar', 'integer, smallint'].map((sides) => {
    const [left, right] = sides.split(', ')
    return `create operator trap.= (function = trap.same, leftarg = ${left}, rightarg = ${right})`
  }),
  ...['_prisma_migrations', 'pf_outbox', 'so_header', 'md_product', 'pg_class', 'pg_namespace', 'job'].map(
    (name) => `create table trap.${name} (trapped integer)`,
  ),
]

/** Sets everything otherwise, and lays the trap. */
export async function makeHostile({ ownerUrl, url }: DatabaseUrls, settings = hostileSettings): Promise<void> {
  const name = new URL(ownerUrl).pathname.slice(1)
  await onServer(
    ownerUrl,
    ...trap,
    ...settings.flatMap((setting) => [
      `alter database ${name} set ${setting}`,
      `alter role ${new URL(url).username} in database ${name} set ${setting}`,
    ]),
  )
}

/** What a role sets in a database outlives it. */
export async function forgetHostile({ ownerUrl, url }: DatabaseUrls): Promise<void> {
  const name = new URL(ownerUrl).pathname.slice(1)
  await onServer(
    ownerUrl,
    `alter database ${name} reset all`,
    `alter role ${new URL(url).username} in database ${name} reset all`,
  )
}

/** The response without what differs from call to call. */
export const bytesOf = async (world: World, query: string, variables = {}) =>
  JSON.stringify({ ...(await world.as('admin').query(query, variables)), extensions: undefined })

/** Reads of every shape. */
export const reads = {
  'a list with every kind of value': `{ orders(first: 20) { totalCount edges { node {
      id number status placedAt requiredDate shippedAt version total { amount currency } freight { amount }
      customer { code name email } carrier { name } shipTo { street region country }
      lines { position quantity discount unitPrice { amount } product { sku discontinued } }
      timeline { __typename } payments { id } } } } }`,
  'a search':
    '{ products(first: 50, filter: { nameContains: "ch" }) { edges { node { sku name available category { name } } } } }',
  'a page from the end': '{ customers(last: 5) { edges { node { code name } } pageInfo { hasPreviousPage } } }',
  'a sum for each row': '{ products(first: 20) { edges { node { unitsSold stock { onHand reserved } } } } }',
  'a report': `{ salesReport(by: [MONTH, CURRENCY], measures: [ORDERS, UNITS, NET], timeZone: "Europe/Berlin") {
      rows { month orders units net { amount currency } } } }`,
}
