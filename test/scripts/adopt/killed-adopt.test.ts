import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workshop } from '../../../scripts/adopt/workshop.ts'
import { adoptIn } from './support/adopted-project.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'
import { hashOf, type SmallRepository, smallRepository } from './support/small-repository.ts'

const script = join(import.meta.dirname, '../../../scripts/adopt.ts')
const killer = join(import.meta.dirname, 'support/killed-at-rename.ts')

/** Of the journal, and of each thing that is put in place. */
const renames = 8

let chinook: ForeignDatabase
let project: SmallRepository
let whole: string
let start: string
beforeAll(async () => {
  chinook = await foreignDatabase('chinook')
  project = await smallRepository()
  start = await project.hash()
  await using other = await smallRepository()
  await adoptIn(other.folder, ...options())
  whole = await other.hash()
}, 120_000)
afterAll(async () => {
  await project[Symbol.asyncDispose]()
  await chinook[Symbol.asyncDispose]()
})

const options = () => [chinook.url, '--name', 'music', '--tables', 'artist,album']

/** Runs the command in a process of its own, which gets a signal at a rename. */
async function run(folder: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', killer, script, ...options(), '--in', folder], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += String(data)
  })
  const [code, signal] = await once(child, 'close')
  return { code, signal, stderr }
}

/** The files of the project, without those of a run that was killed. */
async function hashWithoutWorkshop(folder: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'frontdoor-adopt-copy-'))
  await cp(folder, copy, { recursive: true, filter: (path) => !/\.(adopting|git)$/.test(path) })
  const hash = await hashOf(copy)
  await rm(copy, { recursive: true })
  return hash
}

describe('npm run adopt, killed while it puts files in place,', () => {
  it.each(Array.from({ length: renames }, (_, at) => at + 1))(
    'at rename %i: the next run takes back what is there, and writes all of it',
    async (at) => {
      await using own = await smallRepository()
      const { signal } = await run(own.folder, { KILL_AT_RENAME: String(at) })
      expect(signal).toBe('SIGKILL')
      const isHalf = at > 2
      const found = await hashWithoutWorkshop(own.folder)
      if (!isHalf) expect(found).toBe(start)
      expect(await own.git('status', '--porcelain', '.adopting')).toBe('')

      const next = await run(own.folder, {})
      expect([next.code, next.stderr.includes('what it had written is taken back')]).toEqual([0, at > 1])
      expect(await own.hash()).toBe(whole)
    },
    120_000,
  )

  it('after the last rename: all of it is there', async () => {
    await using own = await smallRepository()
    const { code } = await run(own.folder, { KILL_AT_RENAME: String(renames + 1) })
    expect([code, await own.hash()]).toEqual([0, whole])
  }, 120_000)

  it.each([2, renames])(
    'by Ctrl-C at rename %i: it is there wholly',
    async (at) => {
      await using own = await smallRepository()
      const { signal } = await run(own.folder, { KILL_AT_RENAME: String(at), KILL_SIGNAL: 'SIGINT' })
      expect([signal, await own.hash()]).toEqual([null, whole])
    },
    120_000,
  )

  it('by Ctrl-C before it puts anything in place: nothing is there', async () => {
    await using own = await smallRepository()
    const child = spawn(process.execPath, [script, ...options(), '--in', own.folder], { stdio: 'pipe' })
    for await (const data of child.stderr) if (String(data).includes('writing and formatting')) break
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
    expect([await own.hash(), existsSync(join(own.folder, '.adopting'))]).toEqual([start, false])
  }, 120_000)
})

describe('a draft that cannot be put in place', () => {
  it('leaves the project as it was', async () => {
    using workshop = Workshop.open(project.folder, () => {})
    await cp(join(project.folder, 'prisma'), join(workshop.folder, 'draft/prisma'), { recursive: true })
    await writeFile(join(workshop.folder, 'draft/prisma/a.prisma'), 'new')
    await writeFile(join(workshop.folder, 'draft/prisma/platform.prisma'), 'changed')
    // A file cannot take the place of a folder.
    await cp(join(project.folder, 'prisma'), join(workshop.folder, 'draft/src/schema.ts'), { recursive: true })
    expect(() => workshop.put('draft')).toThrow(/ENOTDIR|EISDIR|EEXIST|ENOTEMPTY/)
    workshop[Symbol.dispose]()
    expect(await project.hash()).toBe(start)
  })

  it('is that of one run at a time', async () => {
    using workshop = Workshop.open(project.folder, () => {})
    await writeFile(join(workshop.folder, 'pid'), String(process.ppid))
    const { code, stderr } = await adoptIn(project.folder, ...options())
    expect([code, stderr.trim()]).toEqual([
      1,
      `Another npm run adopt works in this project (process ${process.ppid}): wait for its end.`,
    ])
  })
})
