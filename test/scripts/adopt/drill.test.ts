import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readCatalogue } from '../../../scripts/adopt/catalogue.ts'
import type * as servedTables from '../../../scripts/adopt/served-tables.ts'
import { readStructure } from '../../../scripts/adopt/structure.ts'
import { generateClient } from '../../../scripts/generate-client.ts'
import type * as schemas from '../../../src/schema.ts'
import { loadMusic } from '../../second-domain/support/load.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import { onServer } from '../../support/database-server.ts'
import { adoptedProject, testsIn, typeErrorsIn } from './support/adopted-project.ts'
import { type AdoptedWorld, adoptedWorld } from './support/adopted-world.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

const root = join(import.meta.dirname, '../../..')

/** What the owner of the tables does: a table has another name, one column becomes two, and three types are wider. */
const moved = [
  'alter table invoice rename to receipt',
  'alter table customer add phone_country varchar(8), add phone_number varchar(24)',
  `update customer set phone_country = split_part(phone, ' ', 1), phone_number = substr(phone, strpos(phone, ' ') + 1)`,
  'alter table customer drop phone',
  'alter table invoice_line alter quantity type bigint',
  'alter table customer alter city type text',
  'alter table receipt alter total type numeric(14,4)',
]

/** What the adopter does: the models follow the tables. Names in the API come from the models, so they stay. */
const inModels: [before: RegExp, after: string][] = [
  [/@@map\("invoice"\)/, '@@map("receipt")'],
  [
    /(^model Customer \{[^}]*^ {2})phone +String\?[^\n]*$/m,
    '$1phoneCountry String? @map("phone_country") @db.VarChar(8)\n  phoneNumber String? @map("phone_number") @db.VarChar(24)',
  ],
  [/^ {2}quantity +Int$/m, '  /// @column bigint\n  quantity Int'],
  [/(^model Customer \{[^}]*^ {2}city +String\?) +@db\.VarChar\(40\)$/m, '$1'],
  [/^( {2}total +Decimal) +@db\.Decimal\(10, 2\)$/m, '$1 @db.Decimal(14, 4)'],
]

/**
 * Prisma knows no field of two columns, and a view is not ours to make in the database of somebody else. So the file of the
 * noun says how its field is made: all that is changed beside the models.
 */
const inNoun: [before: RegExp, after: string] = [
  /phone: t\.exposeString\('phone', \{/,
  `phone: t.string({
      select: { phoneCountry: true, phoneNumber: true },
      resolve: ({ phoneCountry, phoneNumber }) => (phoneNumber === null ? null : [phoneCountry, phoneNumber].join(' ')),`,
]

/** What clients ask. The ids and cursors in the variables are those that they got before. */
const questions = [
  '{ invoices(first: 30) { totalCount edges { cursor node { id total invoiceDate customer { id phone city } } } pageInfo { endCursor } } }',
  '{ invoices(last: 5, sort: { field: ID, direction: DESC }) { edges { cursor node { id total } } } }',
  '{ customers(first: 20) { edges { cursor node { id firstName phone city invoices(first: 3) { totalCount edges { cursor node { id total invoiceLines(first: 5) { edges { node { id quantity unitPrice track { name } } } } } } } } } } }',
  '{ invoiceLines(first: 100, sort: { field: ID, direction: DESC }) { edges { cursor node { id quantity invoice { id billingCity } } } } }',
  'query ($invoice: ID!) { invoice(id: $invoice) { id total } node(id: $invoice) { __typename id ... on Invoice { total customer { phone } } } invoiceLines(filter: { invoiceId: $invoice }) { totalCount edges { node { id quantity } } } }',
  'query ($customer: ID!) { customer(id: $customer) { id phone city } invoices(filter: { customerId: $customer }) { totalCount edges { node { id } } } nodes(ids: [$customer]) { id ... on Customer { phone } } }',
  'query ($cursor: String) { invoices(first: 4, after: $cursor) { edges { cursor node { id total } } } }',
]
const kept = z.object({
  invoices: z.object({
    edges: z.array(z.object({ node: z.object({ id: z.string(), customer: z.object({ id: z.string() }) }) })),
    pageInfo: z.object({ endCursor: z.string() }),
  }),
})

const secrets = {
  ID_SECRET: 'the same secret of ids before and after',
  CURSOR_SECRET: 'the same secret of cursors before and after',
}

let chinook: ForeignDatabase
let before: Awaited<ReturnType<typeof adoptedProject>>
let after: string
let first: AdoptedWorld
let second: AdoptedWorld
let differences: string[]
beforeAll(async () => {
  chinook = await foreignDatabase()
  await loadMusic(chinook.url, ['chinook.sql'])
  before = await adoptedProject(chinook.url, '--name', 'music')
  await cp(join(root, 'scripts'), join(before.folder, 'scripts'), { recursive: true })
  after = `${before.folder}-after`
  first = await adoptedWorld(before.folder, (url) => loadMusic(url, ['chinook.sql']), secrets)
  await chinook.run(...moved)
  differences = (await differencesIn(before.folder)).breaks
  await cp(before.folder, after, { recursive: true })
  await change('prisma/music.prisma', ...inModels)
  await change('src/music/customer.ts', inNoun)
  await generateClient(after)
  second = await adoptedWorld(
    after,
    async (url) => {
      await loadMusic(url, ['chinook.sql'])
      await onServer(url, ...moved)
    },
    secrets,
  )
}, 500_000)
afterAll(async () => {
  await first?.world.close()
  await second?.world.close()
  if (after) await rm(after, { recursive: true, force: true })
  await before?.[Symbol.asyncDispose]()
  await chinook?.[Symbol.asyncDispose]()
})

async function change(path: string, ...changes: [before: RegExp, after: string][]): Promise<void> {
  let text = await readFile(join(after, path), 'utf8')
  for (const [old, now] of changes) {
    expect(text.match(new RegExp(old, 'gm')), String(old)).toHaveLength(1)
    text = text.replace(old, now)
  }
  await writeFile(join(after, path), text)
}

/** What `npm run migrate -- --check` says of the tables, by the models of this folder. */
async function differencesIn(folder: string) {
  const { differencesFrom } = await importFrom<typeof servedTables>(folder, 'scripts/adopt/served-tables.ts')
  return (await differencesFrom(chinook.url, join(folder, 'prisma'))) ?? { breaks: [], slow: [], unserved: [] }
}

async function contractOf(folder: string): Promise<string> {
  const { schema } = await importFrom<typeof schemas>(folder, 'src/schema.ts')
  return printSchema(lexicographicSortSchema(schema))
}

describe('the tables move underneath an adopted domain', () => {
  it('and the check says in the names of the business what breaks', () => {
    expect(differences).toEqual([
      'Customer.phone: there is no column phone',
      'Invoice: there is no public.invoice; perhaps it is public.receipt now',
      'InvoiceLine.quantity: the column quantity is bigint now, not Int; with /// @column bigint before it, it stays an Int',
    ])
  })

  it('and once the models follow, the check finds nothing', async () => {
    expect(await differencesIn(after)).toEqual({ breaks: [], slow: [], unserved: [] })
    expect(await typeErrorsIn(after)).toBe('')
  }, 240_000)

  it('and the contract is the same, byte for byte', async () => {
    const contract = await contractOf(before.folder)
    expect(contract).toContain('type Invoice implements Node')
    expect(await contractOf(after)).toBe(contract)
  })

  it('and every answer is the same, also by the ids and cursors that clients kept', async () => {
    const [list = ''] = questions
    const { invoices } = await first.ask(list, kept)
    const node = invoices.edges[7]?.node
    const variables = { invoice: node?.id, customer: node?.customer.id, cursor: invoices.pageInfo.endCursor }
    for (const question of questions) {
      const [old, now] = await Promise.all(
        [first, second].map(({ world }) => world.as('admin').query(question, variables)),
      )
      expect(old?.errors).toBeUndefined()
      expect(JSON.stringify(old?.data)).toMatch(/"(total|quantity|phone)":[^n]/)
      expect([question, now?.errors, now?.data]).toEqual([question, undefined, old?.data])
    }
  })

  it('and a number that no Int can hold is an error, and never another number', async () => {
    const lines = '{ invoiceLines(first: 2) { edges { node { id quantity } } } }'
    const nested = '{ invoices(first: 1) { edges { node { invoiceLines { edges { node { id quantity } } } } } } }'
    for (const [quantity, shown] of [
      ['2147483647', 2147483647],
      ['-2147483648', -2147483648],
      ['2147483648', undefined],
      ['4294967297', undefined],
      ['9223372036854775807', undefined],
    ] as const) {
      await onServer(
        second.world.databaseUrl,
        `update invoice_line set quantity = ${quantity} where invoice_line_id = 1`,
      )
      for (const question of [lines, nested]) {
        const answer = await second.world.as('admin').query(question)
        expect([quantity, second.codesOf(answer)]).toEqual([
          quantity,
          shown === undefined ? ['INTERNAL_SERVER_ERROR'] : [],
        ])
        if (shown !== undefined) expect(JSON.stringify(answer.data)).toContain(`"quantity":${shown}}`)
        else expect(JSON.stringify(answer.data)).not.toContain('"quantity":')
      }
    }
    expect(second.world.logLines.join('')).toContain('Int cannot represent non 32-bit signed integer value: 2147483648')
  })

  it('and the tests of the contract pass', async () => {
    const structure = await chinook.with(async (client) => {
      const { tables } = await readCatalogue(client, { schemas: ['public'] })
      return readStructure(client, tables)
    })
    await writeFile(join(after, 'prisma/music.sql'), structure)
    await copyTests('test/contract', 'test/contract/support', 'test/platform/support', 'test/platform/events/support')
    const names = ['relay', 'relay-node', 'no-leaks']
    const { failed, files } = await testsIn(
      after,
      ...names.map((name) => `test/contract/${name}.test.ts`),
      'test/music',
    )
    expect(failed).toEqual([])
    expect(files).toBe(names.length + 11)
  }, 600_000)
})

/** Those that are of no domain. */
async function copyTests(...folders: string[]): Promise<void> {
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true })
    const names = entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .filter((name) => !name.includes('.shop.')) // shop
    for (const name of names) await cp(join(root, folder, name), join(after, folder, name))
  }
}
