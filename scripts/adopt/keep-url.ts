import { execFile } from 'node:child_process'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'

/**
 * Keeps the URL for `npm start` in `.env`, which nobody else may read, and which git must ignore: it may hold a password.
 * Returns what a person must know of it, without the URL.
 */
export async function keepUrl(root: string, url: string): Promise<string> {
  const path = join(root, '.env')
  const before = await readFile(path, 'utf8').catch(ifMissing)
  const { DATABASE_URL: known } = parseEnv(before)
  if (known === url) return '.env has the URL already.'
  if (known) return '.env names another DATABASE_URL, which stays: put the URL of this database there.'
  if (!(await isIgnored(root)))
    return 'The URL is not kept, since git does not ignore .env: start with DATABASE_URL=URL.'
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line(url)}\n`, {
    mode: 0o600,
  })
  await chmod(draft, 0o600)
  await rename(draft, path)
  return 'Kept the URL in .env, which git ignores.'
}

/** In quotes that the URL does not have: a `#` begins a comment outside of them. */
function line(url: string): string {
  const quote = ["'", '"', '`'].find((each) => !url.includes(each)) ?? "'"
  return `DATABASE_URL=${quote}${url}${quote}`
}

async function isIgnored(root: string): Promise<boolean> {
  const asked = promisify(execFile)('git', ['check-ignore', '--quiet', '.env'], { cwd: root })
  return asked.then(
    () => true,
    // 1: it is not ignored. Any other status: there is no git to commit it.
    ({ code }: { code: unknown }) => code !== 1,
  )
}

function ifMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}
