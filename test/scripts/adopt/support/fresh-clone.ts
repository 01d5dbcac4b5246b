import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../../..')

/** This project as somebody has it who has just cloned it, and its packages, which are linked. */
export async function freshClone() {
  const folder = await mkdtemp(join(tmpdir(), 'frontdoor-clone-'))
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(program, args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 })
  for (const path of await files()) await cp(join(root, path), join(folder, path))
  await run('git', 'init', '--quiet')
  await run('git', 'add', '.')
  await run('git', '-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '--quiet', '-m', 'start')
  await appendFile(join(folder, '.git/info/exclude'), 'node_modules\n')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    /** The output of a script of package.json; an error with it where the script fails. */
    npm: async (script: string, ...args: string[]): Promise<string> => {
      const running = run('npm', 'run', '--silent', script, '--', ...args)
      const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => {
        throw new Error(`npm run ${script} fails:\n${error.stdout}\n${error.stderr}`)
      })
      return `${stdout}${stderr}`
    },
    /** What git has not seen yet. */
    changes: async (): Promise<string[]> => (await run('git', 'status', '--porcelain')).stdout.trimEnd().split('\n'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** With the Node that runs this, and with none of the settings that this process may have. */
const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), HOME: process.env.HOME }

async function files(): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']
  const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  return stdout.split('\0').filter((path) => path !== '')
}
