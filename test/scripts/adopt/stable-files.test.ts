import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adoptIn } from './support/adopted-project.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'
import { commit, smallRepository } from './support/small-repository.ts'

let hostile: ForeignDatabase
beforeAll(async () => {
  hostile = await foreignDatabase('hostile')
})
afterAll(() => hostile[Symbol.asyncDispose]())

describe('npm run adopt', () => {
  it('writes the same files for the same tables, byte for byte, wherever the database is', async () => {
    await using other = await foreignDatabase('hostile')
    await using one = await smallRepository()
    await using two = await smallRepository()
    const options = ['--name', 'hostile', '--schema', 'public,sales']
    expect((await adoptIn(one.folder, hostile.url, ...options)).code).toBe(0)
    expect((await adoptIn(two.folder, other.url, ...options)).code).toBe(0)
    expect(await two.hash()).toBe(await one.hash())
    await commit(one.folder)
    expect((await adoptIn(one.folder, other.url, '--name', 'hostile')).stdout).toBe(
      'Nothing changed in the tables of hostile.',
    )
  }, 120_000)

  it('keeps the names and the options of the first time, whatever comes before in the alphabet', async () => {
    await using project = await smallRepository()
    const modelsAfter = async (...options: string[]) => {
      await commit(project.folder)
      const { stdout } = await adoptIn(project.folder, hostile.url, '--name', 'hostile', '--patch', ...options)
      await writeFile(join(project.folder, 'again.patch'), `${stdout}\n`)
      await project.git('apply', '--3way', 'again.patch')
      const models = await readFile(join(project.folder, 'prisma/hostile.prisma'), 'utf8')
      return [...models.matchAll(/^(?:model|view) (\w+) \{[^}]*@@map\("(\w+)"\)\s+@@schema\("(\w+)"\)/gm)].map(
        ([, model, name, schema]) => `${schema}.${name} ${model}`,
      )
    }
    await adoptIn(project.folder, hostile.url, '--name', 'hostile', '--schema', 'sales', '--tables', 'customer,country')
    expect(await modelsAfter('--schema', 'public,sales')).toEqual([
      'public.customer CustomerRecord',
      'sales.country Country',
      'sales.customer Customer',
    ])
    expect(await modelsAfter('--tables', 'customer')).toEqual([
      'public.customer CustomerRecord',
      'sales.customer Customer',
    ])
  }, 300_000)
})
