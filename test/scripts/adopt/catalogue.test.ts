import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Catalogue, readCatalogue, type Table, type Wanted } from '../../../scripts/adopt/catalogue.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

let hostile: ForeignDatabase
let catalogue: Catalogue
beforeAll(async () => {
  hostile = await foreignDatabase('hostile')
  catalogue = await read({ schemas: ['public', 'sales'] })
})
afterAll(() => hostile[Symbol.asyncDispose]())

const read = (wanted: Wanted) => hostile.with((client) => readCatalogue(client, wanted))

function table(name: string, schema = 'public', { tables } = catalogue): Table {
  const found = tables.find((each) => each.name === name && each.schema === schema)
  if (!found) throw new Error(`no table ${name}`)
  return found
}

const columnOf = (owner: Table, name: string) => owner.columns.find((column) => column.name === name)
const namesOf = (found: readonly { name: string }[]) => found.map(({ name }) => name)

describe('the catalogue', () => {
  it('has the tables and views of the named schemas, and counts those of all', () => {
    expect(catalogue.schemas).toEqual([
      { name: 'hidden', tables: 1 },
      { name: 'public', tables: 28 },
      { name: 'sales', tables: 8 },
    ])
    expect(namesOf(catalogue.tables.filter(({ schema }) => schema === 'sales'))).toEqual([
      'country',
      'customer',
      'friendship',
      'label',
      'order',
      'order_label',
      'order_line',
      'profile',
    ])
  })

  it('has only the named tables, by name or by schema and name', async () => {
    const { tables } = await read({ schemas: ['public', 'sales'], tables: ['customer', 'sales.label'] })
    expect(tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual([
      'public.customer',
      'sales.customer',
      'sales.label',
    ])
  })

  it('has a partitioned table once, without its partitions', () => {
    expect(catalogue.tables.filter(({ name }) => name.startsWith('measurement'))).toHaveLength(1)
    expect(table('measurement')).toMatchObject({ kind: 'partitioned table', key: ['at', 'sensor'] })
  })

  it('has views and materialized views, with their comments and indexes', () => {
    expect(table('customer_overview')).toMatchObject({
      kind: 'view',
      comment: 'Customers with the number of their orders.',
      key: undefined,
    })
    expect(table('order_totals')).toMatchObject({
      kind: 'materialized view',
      indexes: [{ name: 'order_totals_key', isUnique: true, columns: ['region', 'number'] }],
    })
  })

  it('has no table of an extension, of the platform, or of Prisma', async () => {
    await using other = await foreignDatabase(
      'chinook',
      'create schema platform create table pf_outbox (id integer)',
      'create table _prisma_migrations (id integer)',
      'create extension pg_stat_statements',
    )
    const { tables, schemas } = await other.with((client) => readCatalogue(client, { schemas: ['public', 'platform'] }))
    expect(schemas).toEqual([{ name: 'public', tables: 11 }])
    expect(tables).toHaveLength(11)
  })

  it('has each column with its type below domains and arrays', () => {
    const types = table('every_type').columns.map(({ name, type, domain, base, isList, isRequired }) => {
      return [name, type, domain ?? '', base, isList ? 'list' : '', isRequired ? 'required' : ''].join(' ').trimEnd()
    })
    expect(types).toEqual(
      expect.arrayContaining([
        'id bigint  int8  required',
        'exact numeric(10,2)  numeric',
        'limited character varying(40)  varchar',
        'stamp_tz timestamp(3) with time zone  timestamptz',
        'price numeric(12,2) public.eur numeric  required',
        'mail public.citext public.email_text citext',
        'tags text[]  text list',
        'states sales.order_state[]  order_state list',
        'parts public.address  address',
      ]),
    )
    expect(types).toHaveLength(48)
  })

  it('has what is generated, what is an identity, and each default', () => {
    const own = table('every_type')
    expect(columnOf(own, 'total')).toMatchObject({ isGenerated: true, default: '(exact * (2)::numeric)' })
    expect(columnOf(own, 'id')).toMatchObject({ identity: 'always', isGenerated: false })
    expect(columnOf(table('label', 'sales'), 'id')).toMatchObject({
      default: "nextval('sales.label_id_seq'::regclass)",
    })
  })

  it('has comments as they are', () => {
    expect(table('every_type').comment).toBe(
      `A row with "quotes", \`backticks\`, \${braces} and\ntwo lines; even a comment end: */`,
    )
    expect(columnOf(table('every_type'), 'small')?.comment).toBe('From 1 to 10.')
  })

  it('has enums with their labels in order', () => {
    expect(catalogue.enums).toMatchObject([
      { schema: 'public', name: 'colour', labels: ['red', 'Red', 'RED'] },
      {
        schema: 'sales',
        name: 'order_state',
        labels: ['new', 'in progress', 'DONE', '2nd try', 'true'],
        comment: 'How far an order has come.',
      },
    ])
  })

  it('has keys, unique constraints, checks and foreign keys with their columns in order', () => {
    const line = table('order_line', 'sales')
    expect(line.key).toEqual(['region', 'number', 'position'])
    expect(line.foreignKeys).toEqual([
      {
        name: 'order_line_region_number_fkey',
        columns: ['region', 'number'],
        to: { schema: 'sales', name: 'order', columns: ['region', 'number'] },
        onDelete: 'Cascade',
        onUpdate: 'NoAction',
      },
      {
        name: 'order_line_region_number_replaces_position_fkey',
        columns: ['region', 'number', 'replaces_position'],
        to: { schema: 'sales', name: 'order_line', columns: ['region', 'number', 'position'] },
        onDelete: 'NoAction',
        onUpdate: 'NoAction',
      },
    ])
    expect(line.checks).toEqual([
      { name: 'order_line_quantity_check', columns: ['quantity'], expression: '(quantity > 0)' },
    ])
    expect(table('only_unique').uniques).toEqual([{ name: 'only_unique_code_key', columns: ['code'] }])
  })

  it('has indexes with their expressions and conditions', () => {
    const { indexes } = table('every_type')
    expect(indexes.find(({ name }) => name === 'every_type_lower_ix')?.columns).toEqual([null])
    expect(indexes.find(({ name }) => name === 'every_type_flag_ix')).toMatchObject({
      columns: ['whole'],
      condition: 'flag',
    })
    expect(indexes.find(({ name }) => name === 'every_type_docb_ix')).toMatchObject({
      method: 'gin',
      operatorClasses: ['jsonb_ops'],
    })
  })

  it('has the number of rows that PostgreSQL estimates, of a partitioned table too', async () => {
    await hostile.run(
      `insert into measurement select timestamptz '2025-06-01' + n * interval '1 day', n, n from generate_series(1, 300) n`,
      'analyze measurement',
    )
    const { tables } = await read({ schemas: ['public'], tables: ['measurement', 'wide'] })
    expect(tables.map(({ name, estimate }) => [name, estimate])).toEqual([
      ['measurement', 300],
      ['wide', 0],
    ])
  })

  it('is the same for a role and database with other settings', async () => {
    const settings = [
      `search_path = ''`,
      `"DateStyle" = 'German, DMY'`,
      `"TimeZone" = 'Asia/Tokyo'`,
      'standard_conforming_strings = off',
      `bytea_output = 'escape'`,
      `default_transaction_isolation = 'serializable'`,
      'statement_timeout = 1',
      'quote_all_identifiers = on',
    ]
    const inDatabase = (statement: string) =>
      `do $$ begin execute format('alter database %I ${statement}', current_database()); end $$`
    const before = await read({ schemas: ['public', 'sales'] })
    await hostile.run(...settings.map((setting) => inDatabase(`set ${setting.replaceAll("'", "''")}`)))
    const after = await read({ schemas: ['public', 'sales'] })
    await hostile.run(`set statement_timeout = 0; ${inDatabase('reset all')}`)
    expect(after).toEqual(before)
  })

  it('says which tables and columns the role may not read', async () => {
    const reader = 'create role frontdoor_reader_of_columns; grant usage on schema sales to frontdoor_reader_of_columns'
    await using other = await foreignDatabase(
      'hostile',
      reader,
      'grant select (code, name) on sales.customer to frontdoor_reader_of_columns',
    )
    const { tables } = await other.with(async (client) => {
      await client.query('set role frontdoor_reader_of_columns')
      return readCatalogue(client, { schemas: ['sales'] })
    })
    await other.run('drop owned by frontdoor_reader_of_columns; drop role frontdoor_reader_of_columns')
    expect(namesOf(tables.filter(({ isReadable }) => isReadable))).toEqual(['customer'])
    const customer = tables.find(({ name }) => name === 'customer')
    expect(namesOf(customer?.columns.filter(({ isReadable }) => isReadable) ?? [])).toEqual(['code', 'name'])
  })

  it('of 300 tables is read by six statements', async () => {
    const many = `do $$ begin for n in 1..300 loop execute format('create table many_%s (id integer primary key, name text)', n); end loop; end $$`
    await using other = await foreignDatabase('chinook', many)
    const statements: string[] = []
    const { tables } = await other.with((client) => {
      const query = client.query.bind(client)
      const counted = (text: string, values?: unknown[]) => {
        statements.push(text)
        return query(text, values)
      }
      return readCatalogue(Object.assign(client, { query: counted }), { schemas: ['public'] })
    })
    expect(tables).toHaveLength(311)
    expect(statements.filter((text) => /^\s*select/.test(text))).toHaveLength(6)
  })
})
