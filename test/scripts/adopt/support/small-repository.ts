import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withDomain } from '../../../../scripts/adopt/write-domain.ts'
import { platformFiles, writeFiles } from '../../../second-domain/support/project.ts'

const root = join(import.meta.dirname, '../../../..')
const copied = ['biome.json', '.gitignore']
const ofPlatform = ['prisma/schema.prisma', 'prisma/platform.prisma', 'src/schema.ts']

/** A committed repository with the files that the command reads and changes, and no others. */
export async function smallRepository() {
  const folder = await mkdtemp(join(tmpdir(), 'frontdoor-adopt-test-'))
  const files = await platformFiles()
  for (const path of files.keys()) if (!ofPlatform.includes(path)) files.delete(path)
  for (const path of copied) files.set(path, await readFile(join(root, path), 'utf8'))
  // Whatever this project serves, it is not what a test adopts.
  files.set('src/schema.ts', withDomain(files.get('src/schema.ts') ?? '', 'before'))
  await writeFiles(folder, files)
  await git(folder, 'init', '-q')
  await commit(folder)
  return {
    folder,
    git: (...args: string[]) => git(folder, ...args),
    changes: async () => (await git(folder, 'status', '--porcelain')).trimEnd(),
    /** Of every file, also of those that git ignores. */
    hash: () => hashOf(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export type SmallRepository = Awaited<ReturnType<typeof smallRepository>>

export async function git(folder: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { cwd: folder })).stdout
}

export async function commit(folder: string): Promise<void> {
  await git(folder, 'add', '.')
  await git(folder, '-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '-qm', 'as it is')
}

export async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = await Array.fromAsync(glob('**', { cwd: folder, withFileTypes: true, exclude: ['.git'] }))
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  for (const path of paths.sort()) hash.update(path.slice(folder.length)).update(await readFile(path))
  return hash.digest('hex')
}
