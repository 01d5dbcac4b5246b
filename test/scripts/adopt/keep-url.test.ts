import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepUrl } from '../../../scripts/adopt/keep-url.ts'

const url = "postgresql://reader:o'clock#1@db.example:5432/music?sslmode=require"

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-env-test-'))
  file = join(folder, '.env')
  await promisify(execFile)('git', ['init', '--quiet'], { cwd: folder })
  await writeFile(join(folder, '.gitignore'), '.env\n')
})
afterEach(() => rm(folder, { recursive: true }))

const kept = async () => parseEnv(await readFile(file, 'utf8')).DATABASE_URL

describe('npm run adopt keeps the URL in .env', () => {
  it('so that it is read back as it was, by nobody else', async () => {
    expect(await keepUrl(folder, url)).toBe('Kept the URL in .env, which git ignores.')
    expect(await kept()).toBe(url)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await keepUrl(folder, url)).toBe('.env has the URL already.')
  })

  it('beside what stands there, which is then for nobody else either', async () => {
    await writeFile(file, 'PORT=5000', { mode: 0o644 })
    await keepUrl(folder, url)
    expect(parseEnv(await readFile(file, 'utf8'))).toEqual({ PORT: '5000', DATABASE_URL: url })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('but not where another one stands, which it leaves', async () => {
    await writeFile(file, 'DATABASE_URL=postgresql://other/db\n')
    expect(await keepUrl(folder, url)).toBe(
      '.env names another DATABASE_URL, which stays: put the URL of this database there.',
    )
    expect(await readFile(file, 'utf8')).toBe('DATABASE_URL=postgresql://other/db\n')
  })

  it('but not where git would commit it', async () => {
    await rm(join(folder, '.gitignore'))
    expect(await keepUrl(folder, url)).toBe(
      'The URL is not kept, since git does not ignore .env: start with DATABASE_URL=URL.',
    )
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })
})
