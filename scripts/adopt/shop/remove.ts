import { execFile } from 'node:child_process'
import { readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Repository } from '../repository.ts'
import { domainOf, isOfShop, servesShop } from './files.ts'
import { withoutPackages } from './packages.ts'
import { withoutShop } from './without-shop.ts'

const run = promisify(execFile)

/** The client without the models of the shop, and the form of what was changed. */
const scripts = ['generate', 'format']

/** Throws where the shop cannot be removed. */
export async function checkRemovable(root: string): Promise<void> {
  if (servesShop(await readFile(join(root, 'src/schema.ts'), 'utf8'))) {
    throw new Error('src/schema.ts still serves the shop. Adopt a database first: npm run adopt -- URL --remove-shop')
  }
  await Repository.clean(root)
}

/** Takes the shop out of the project. Returns what was done, for people. */
export async function removeShop(root: string, onProgress: (message: string) => void): Promise<string> {
  const files = await filesOf(root)
  const gone = files.filter(isOfShop)
  onProgress(`removing ${gone.length} files`)
  const before = await textsOf(root, files)
  const stays = [...before].filter(([path]) => !isOfShop(path))
  const isThere = (path: string) => files.includes(path) && !isOfShop(path)
  const domain = domainOf(before.get('src/schema.ts') ?? '')
  const left = withoutPackages(
    new Map(stays.map(([path, text]) => [path, withoutShop(path, text, isThere, domain)])),
    gone.map((path) => before.get(path) ?? ''),
  )
  const changed = [...left].filter(([path, text]) => text !== before.get(path))
  for (const [path, text] of changed) await writeFile(join(root, path), text)
  for (const path of gone) await rm(join(root, path))
  for (const folder of foldersOf(gone)) await rmdir(join(root, folder)).catch(ignoreFull)
  for (const script of scripts) {
    onProgress(`npm run ${script}`)
    await run('npm', ['run', '--silent', script], { cwd: root })
  }
  return `Removed the shop: ${gone.length} files, and its parts of ${changed.length} others.
Next: npm install, which removes packages that nothing uses any more, and npm run check.`
}

/** What git knows or would take and is there, from the root. */
async function filesOf(root: string): Promise<string[]> {
  const listed = async (...options: string[]) => {
    const { stdout } = await run('git', ['ls-files', '-z', ...options], { cwd: root })
    return stdout.split('\0').filter((path) => path !== '')
  }
  const gone = new Set(await listed('--deleted'))
  return (await listed('--cached', '--others', '--exclude-standard')).filter((path) => !gone.has(path))
}

const binary = /\.(?:png|jpg|ico|woff2)$/

async function textsOf(root: string, paths: readonly string[]): Promise<Map<string, string>> {
  const texts = paths.filter((path) => !binary.test(path))
  return new Map(
    await Promise.all(texts.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  )
}

/** The folders of these files and all above them, the deepest first. */
function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>()
  for (const path of paths) for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(at)
  return [...folders].sort((a, b) => b.length - a.length)
}

function ignoreFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
}
