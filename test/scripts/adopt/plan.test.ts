import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCatalogue } from '../../../scripts/adopt/catalogue.ts'
import type { Noun, Plan } from '../../../scripts/adopt/noun.ts'
import { planOf } from '../../../scripts/adopt/plan.ts'
import { isShown } from '../../../scripts/adopt/value-types.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

const databases: ForeignDatabase[] = []
const plans = new Map<string, Plan>()
beforeAll(async () => {
  for (const script of ['chinook', 'hostile'] as const) {
    const database = await foreignDatabase(script)
    databases.push(database)
    plans.set(script, await planned(database))
  }
})
afterAll(() => Promise.all(databases.map((database) => database[Symbol.asyncDispose]())))

const planned = (database: ForeignDatabase) =>
  database.with(async (client) => planOf(await readCatalogue(client, { schemas: ['public', 'sales'] })))

function planNamed(script: string): Plan {
  const plan = plans.get(script)
  if (!plan) throw new Error(`no plan of ${script}`)
  return plan
}

function noun(script: string, table: string): Noun {
  const [name = '', schema = 'public'] = table.split('.').reverse()
  const found = planNamed(script).nouns.find((each) => each.table.name === name && each.table.schema === schema)
  if (!found) throw new Error(`no noun of ${table}`)
  return found
}

const fieldsOf = (script: string, table: string) => noun(script, table).fields.map(({ name }) => name)
const relationsOf = (script: string, table: string) =>
  noun(script, table).relations.map(({ name, to, backName, isBackList }) => {
    return `${name} to ${to.model}, back ${backName}${isBackList ? '' : ' (one)'}`
  })
const keyOf = (script: string, table: string) => noun(script, table).key.map(({ name }) => name)

const throughsIn = (script: string) =>
  planNamed(script)
    .nouns.flatMap(({ throughs }) => throughs)
    .map(({ name, type, near, far }) => `${near.to.model}.${name}: ${far.to.model}, ${type}Edge`)

function typeOf(column: string): string {
  const value = noun('hostile', 'every_type').fields.find((field) => field.column.name === column)?.value
  if (!value || !isShown(value)) return 'left out'
  return `${value.prisma}${value.isList ? '[]' : ''} ${value.native ?? ''} ${value.graphql}`.replace('  ', ' ')
}

describe('Chinook', () => {
  it('has a noun for each table, in the singular and the plural', () => {
    expect(planNamed('chinook').nouns.map(({ model, one, many }) => [model, one, many])).toEqual([
      ['Album', 'album', 'albums'],
      ['Artist', 'artist', 'artists'],
      ['Customer', 'customer', 'customers'],
      ['Employee', 'employee', 'employees'],
      ['Genre', 'genre', 'genres'],
      ['Invoice', 'invoice', 'invoices'],
      ['InvoiceLine', 'invoiceLine', 'invoiceLines'],
      ['MediaType', 'mediaType', 'mediaTypes'],
      ['Playlist', 'playlist', 'playlists'],
      ['PlaylistTrack', 'playlistTrack', 'playlistTracks'],
      ['Track', 'track', 'tracks'],
    ])
    expect(planNamed('chinook').leftOut).toEqual([])
  })

  it('has relations named after their columns, with lists on the other side', () => {
    expect(relationsOf('chinook', 'employee')).toEqual(['reportsTo to Employee, back employees'])
    expect(relationsOf('chinook', 'customer')).toEqual(['supportRep to Employee, back customers'])
    expect(relationsOf('chinook', 'track')).toEqual([
      'album to Album, back tracks',
      'genre to Genre, back tracks',
      'mediaType to MediaType, back tracks',
    ])
    expect(fieldsOf('chinook', 'employee').slice(0, 5)).toEqual(['id', 'lastName', 'firstName', 'title', 'reportsToId'])
  })

  it('has one table that only links two others', () => {
    const joining = planNamed('chinook').nouns.filter(({ joins }) => joins !== undefined)
    expect(joining.map(({ model, joins }) => [model, joins?.map(({ name }) => name)])).toEqual([
      ['PlaylistTrack', ['playlist', 'track']],
    ])
    expect(keyOf('chinook', 'playlist_track')).toEqual(['playlistId', 'trackId'])
    expect(throughsIn('chinook')).toEqual([
      'Playlist.tracks: Track, PlaylistToTracksEdge',
      'Track.playlists: Playlist, TrackToPlaylistsEdge',
    ])
  })
})

describe('a join table', () => {
  it('is a list on both sides, also with further columns, several columns of a key, and one noun on both sides', async () => {
    expect(throughsIn('hostile')).toEqual([
      'SalesCustomer.otherSalesCustomers: SalesCustomer, SalesCustomerToOtherSalesCustomersEdge',
      'SalesCustomer.oneSalesCustomers: SalesCustomer, SalesCustomerToOneSalesCustomersEdge',
      'Label.salesOrders: SalesOrder, LabelToSalesOrdersEdge',
      'SalesOrder.labels: Label, SalesOrderToLabelsEdge',
    ])
  })

  it('has names that nothing else has, and is none with a third column in its key', async () => {
    await using database = await foreignDatabase(
      undefined,
      'create table song (id int primary key)',
      'create table list (id int primary key, liked_songs text)',
      'create table kept (list_id int references list, song_id int references song, since date, primary key (list_id, song_id))',
      'create table liked (list_id int references list, song_id int references song, primary key (list_id, song_id))',
      'create table rated (list_id int references list, song_id int references song, day date, primary key (list_id, song_id, day))',
    )
    const { nouns } = await planned(database)
    expect(nouns.flatMap(({ throughs }) => throughs).map(({ near, name }) => `${near.to.model}.${name}`)).toEqual([
      'List.songs',
      'Song.lists',
      'List.likedSongs2',
      'Song.likedLists',
    ])
  })
})

describe('a name', () => {
  it('of a model is none of GraphQL, the platform or another model and its types', () => {
    const models = [
      'Query',
      'Mutation',
      'Node',
      'PageInfo',
      'api_key',
      'Order',
      'orders',
      'order_filter',
      'sales.order',
    ]
    expect(models.map((table) => noun('hostile', table).model)).toEqual([
      'QueryRecord',
      'MutationRecord',
      'NodeRecord',
      'PageInfoRecord',
      'ApiKeyRecord',
      'Order',
      'Orders',
      'OrderFilterRecord',
      'SalesOrder',
    ])
  })

  it('that two schemas have is that of the schema that was named first', async () => {
    expect(['customer', 'sales.customer'].map((table) => noun('hostile', table).model)).toEqual([
      'Customer',
      'SalesCustomer',
    ])
    const database = databases[1]
    const turned = await database?.with(async (client) =>
      planOf(await readCatalogue(client, { schemas: ['sales', 'public'], tables: ['customer'] })),
    )
    expect(turned?.nouns.map(({ model }) => model)).toEqual(['Customer', 'CustomerRecord'])
  })

  it('of a list differs from that of one thing, also where English has one word for both', () => {
    expect(noun('hostile', 'series')).toMatchObject({ model: 'Series', one: 'series', many: 'seriesList' })
    expect(noun('hostile', 'person')).toMatchObject({ model: 'Person', one: 'person', many: 'people' })
  })

  it('of a field is camel case in plain letters, and each is there once', () => {
    expect(fieldsOf('hostile', 'Query')).toEqual([
      'id',
      'select',
      'aColumnWithSpaces',
      'grosse',
      'field2nd',
      'proto',
      'constructorValue',
      'desc',
      'field9',
      'snakeCaseMix',
      'aB',
      'aBValue',
    ])
    expect(fieldsOf('hostile', 'it\'s "quoted"')).toEqual(['id', 'its', 'backSlash', 'dollar'])
  })

  it('of a value of an enum is there once, and the label where Prisma allows it', () => {
    expect(planNamed('hostile').enums.map(({ name, values }) => [name, values])).toEqual([
      [
        'Colour',
        [
          { label: 'red', graphql: 'RED', prisma: 'red' },
          { label: 'Red', graphql: 'RED2', prisma: 'Red' },
          { label: 'RED', graphql: 'RED3', prisma: 'RED' },
        ],
      ],
      [
        'OrderState',
        [
          { label: 'new', graphql: 'NEW', prisma: 'new' },
          { label: 'in progress', graphql: 'IN_PROGRESS', prisma: 'IN_PROGRESS' },
          { label: 'DONE', graphql: 'DONE', prisma: 'DONE' },
          { label: '2nd try', graphql: '_2ND_TRY', prisma: 'VALUE_2ND_TRY' },
          { label: 'true', graphql: 'TRUE', prisma: 'TRUE' },
        ],
      ],
    ])
  })

  it('is the same each time', async () => {
    for (const [at, script] of ['chinook', 'hostile'].entries()) {
      const database = databases[at]
      if (database) expect(await planned(database)).toEqual(planNamed(script))
    }
  })
})

describe('a relation', () => {
  it('to a table that several lead to has its own name on both sides', () => {
    expect(relationsOf('hostile', 'sales.order')).toEqual([
      'billTo to SalesCustomer, back billToSalesOrders',
      'country to Country, back salesOrders',
      'customer to SalesCustomer, back salesOrders',
      'shipTo to SalesCustomer, back shipToSalesOrders',
    ])
    expect(relationsOf('hostile', 'person')).toEqual([
      'bestFriend to Person, back bestFriendPerson (one)',
      'father to Person, back fatherPeople',
      'manager to Person, back managerPeople',
      'mother to Person, back motherPeople',
    ])
  })

  it('of several columns is named after the table, or after the column that only it has', () => {
    expect(relationsOf('hostile', 'sales.order_line')).toEqual([
      'order to SalesOrder, back orderLines',
      'replaces to OrderLine, back orderLines',
    ])
  })

  it('by a column that is unique, or the key, leads back to one', () => {
    expect(relationsOf('hostile', 'sales.profile')).toEqual(['customer to SalesCustomer, back profile (one)'])
  })

  it('has the name of its column, which then says what it holds', () => {
    expect(fieldsOf('hostile', 'sales.order').slice(3, 6)).toEqual(['billToCode', 'shipToCode', 'countryIso'])
    expect(keyOf('hostile', 'sales.friendship')).toEqual(['oneCode', 'otherCode'])
  })

  it('to a table that is not served is left out, and said so', async () => {
    const { leftOut } = (await databases[1]?.with(async (client) =>
      planOf(await readCatalogue(client, { schemas: ['sales'], tables: ['order', 'country'] })),
    )) ?? { leftOut: [] }
    expect(leftOut.map(({ what, reason }) => `${what} ${reason}`)).toEqual([
      'sales.order.bill_to leads to a table that is not served, so it is no relation',
      'sales.order.customer_code leads to a table that is not served, so it is no relation',
      'sales.order.ship_to leads to a table that is not served, so it is no relation',
    ])
  })
})

describe('a key', () => {
  it('is the primary key, a unique index of required columns, or that of a materialized view', () => {
    expect(keyOf('hostile', 'sales.order')).toEqual(['region', 'number'])
    expect(keyOf('hostile', 'only_unique')).toEqual(['code'])
    expect(keyOf('hostile', 'order_totals')).toEqual(['region', 'number'])
    expect(keyOf('hostile', 'measurement')).toEqual(['at', 'sensor'])
  })

  it('is missing of a view, which is a list then', () => {
    expect(keyOf('hostile', 'customer_overview')).toEqual([])
  })
})

describe('a type', () => {
  it.each([
    ['small', 'Int SmallInt Int'],
    ['whole', 'Int Int'],
    ['large', 'BigInt BigInt'],
    ['exact', 'Decimal Decimal(10,2) Decimal'],
    ['huge', 'Decimal Decimal(40,12) Decimal'],
    ['any_numeric', 'Decimal Decimal'],
    ['single', 'Float Real Float'],
    ['double_one', 'Float Float'],
    ['flag', 'Boolean Boolean'],
    ['fixed', 'String Char(3) String'],
    ['limited', 'String VarChar(40) String'],
    ['free', 'String String'],
    ['any_case', 'String Citext String'],
    ['day', 'DateTime Date Date'],
    ['at_time', 'DateTime Time LocalTime'],
    ['stamp', 'DateTime Timestamp DateTime'],
    ['stamp_tz', 'DateTime Timestamptz(3) DateTime'],
    ['bits', 'String Bit(3) String'],
    ['more_bits', 'String VarBit(8) String'],
    ['bytes', 'Bytes Byte'],
    ['doc', 'Json Json JSON'],
    ['docb', 'Json JSON'],
    ['unique_id', 'String Uuid UUID'],
    ['host', 'String Inet IP'],
    ['network', 'String IP'],
    ['machine', 'String MAC'],
    ['cash', 'Decimal Money Decimal'],
    ['span', 'String Duration'],
    ['at_time_tz', 'String Time'],
    ['label', 'String String'],
    ['one_byte', 'String String'],
    ['price', 'Decimal Decimal(12,2) Decimal'],
    ['mail', 'String Citext String'],
    ['state', 'OrderState enum'],
    ['tags', 'String[] String'],
    ['numbers', 'Int[] Int'],
    ['states', 'OrderState[] enum'],
  ])('of the column %s is %s', (column, type) => {
    expect(typeOf(column)).toBe(type)
  })

  it('that cannot be shown is left out, with a reason', () => {
    const { leftOut } = planNamed('hostile')
    const columns = leftOut.filter(({ what }) => what.startsWith('every_type.'))
    expect(columns.map(({ what }) => what.slice('every_type.'.length))).toEqual([
      'search',
      'place',
      'years',
      'parts',
      'matrix',
    ])
  })

  it.each(['car', 'key_of_strange', 'no_key', 'nullable_unique', 'no_columns'])('of the table %s is none', (table) => {
    expect(planNamed('hostile').leftOut.filter(({ what }) => what === table)).toHaveLength(1)
  })
})
