import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foreignDatabase } from './support/foreign-database.ts'
import { freshClone } from './support/fresh-clone.ts'

/** Names that nothing has but the shop. Chinook, which tests adopt, is a music shop. */
const words = String.raw`commerce|northwind|storefront|(?<!music )\bshop\b|carrier|shipment|so_header`
/** What happened before, and the lock file, which npm install makes. */
const allowed = ['CHANGELOG.md', 'docs/decisions', 'package-lock.json']

let database: Awaited<ReturnType<typeof foreignDatabase>>
let clone: Awaited<ReturnType<typeof freshClone>>
let said: string
beforeAll(async () => {
  database = await foreignDatabase('chinook')
  clone = await freshClone()
  await clone.npm('generate')
  said = await clone.npm('adopt', database.url, '--name', 'tunes', '--remove-shop')
}, 400_000)
afterAll(async () => {
  await clone?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

describe('a project after npm run adopt -- URL --remove-shop', () => {
  it('is told what was removed, and what is next', () => {
    expect(said).toMatch(
      /Wrote prisma\/tunes\.prisma[\s\S]*Removed the shop: [1-9]\d+ files, and its parts of \d+ others\./,
    )
    expect(said).toContain('Next: npm install')
  })

  it('has no word of the shop', async () => {
    const without = allowed.map((path) => `:!${path}`)
    const args = ['grep', '--untracked', '-inP', words, '--', '.', ...without]
    const found = await promisify(execFile)('git', args, { cwd: clone.folder }).catch((error) => error)
    // git grep ends with 1 where it finds nothing.
    expect([found.code, found.stdout]).toEqual([1, ''])
  })

  it('passes npm run check', async () => {
    const output = await clone.npm('check')
    expect(output).toContain('schema.graphql, openapi.json are current.')
    expect(output).not.toContain('knip.json')
  }, 600_000)

  it('passes the tests of its nouns, of the contract and of adoption', async () => {
    const colored = await clone.npm('test', 'test/tunes', 'test/contract', 'test/second-domain', 'test/scripts')
    const output = stripVTControlCharacters(colored)
    expect(output).toMatch(/Test Files +\d+ passed/)
    expect(output).not.toContain('failed')
  }, 900_000)
})
