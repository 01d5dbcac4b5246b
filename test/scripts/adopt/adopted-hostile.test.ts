import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as schemas from '../../../src/schema.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import { adoptedProject, typeErrorsIn } from './support/adopted-project.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

const many = `do $$ begin for n in 1..300 loop
  execute format('create table many_%s (id integer primary key, name text, of integer references person)', n);
end loop; end $$`

let hostile: ForeignDatabase
let project: Awaited<ReturnType<typeof adoptedProject>>
beforeAll(async () => {
  hostile = await foreignDatabase('hostile', many)
  project = await adoptedProject(hostile.url, '--name', 'hostile', '--schema', 'public,sales')
}, 600_000)
afterAll(async () => {
  await project?.[Symbol.asyncDispose]()
  await hostile?.[Symbol.asyncDispose]()
})

describe('a hostile database with 300 tables more, adopted and not touched', () => {
  it('compiles', async () => {
    expect(await typeErrorsIn(project.folder)).toBe('')
  }, 240_000)

  it('builds a schema, in which each type, field and argument is described', async () => {
    const { schema } = await importFrom<typeof schemas>(project.folder, 'src/schema.ts')
    const types = Object.keys(schema.getTypeMap())
    expect(types).toEqual(expect.arrayContaining(['QueryRecord', 'Order', 'SalesOrder', 'OrderState', 'Many300']))
    for (const type of Object.values(schema.getTypeMap())) {
      if (!type.name.startsWith('__')) expect([type.name, type.description?.trim()]).not.toContain(undefined)
    }
  }, 240_000)

  it('has a file for each noun', async () => {
    const files = await readdir(join(project.folder, 'src/hostile'))
    expect(files.filter((file) => /^many\d/.test(file))).toHaveLength(300)
    expect(files).toEqual(expect.arrayContaining(['order.ts', 'sales-order.ts', 'customer-overview.ts', 'wide.ts']))
  })

  it('says what is left out, why, and what to do', () => {
    expect(project.report).toContain(
      'car, key_of_strange, no_key, nullable_unique: has no key, and no unique index of required columns. Give it a primary key',
    )
    expect(project.report).toContain('every_type.years: is a range (int4range).')
    expect(project.report).toContain("PostgreSQL's own row security also decides which rows are there: guarded.")
    expect(project.report).toContain('Not read: the tables of hidden (--schema).')
  })
})
