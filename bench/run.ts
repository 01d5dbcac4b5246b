// npm run bench                              the whole measurement; see README.md beside this file
// npm run bench -- --quick                   a rough answer in two minutes
// npm run bench -- --profile orders20        where one contender spends its time
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runScript } from '../scripts/run-script.ts'
import { readArguments, usage } from './arguments.ts'

const packages = join(import.meta.dirname, 'node_modules')
const lockFile = join(import.meta.dirname, 'package-lock.json')
/** What was installed, so that a lock file that changed is noticed. */
const installedMark = join(packages, '.frontdoor-bench-lock')

await runScript(usage, async () => {
  const wanted = readArguments()
  await installPackages()
  // Not before: what these import is what was just installed.
  const { profile } = await import('./profile.ts')
  const { measureAll } = await import('./benchmark.ts')
  await (wanted.profile ? profile(wanted, wanted.profile) : measureAll(wanted))
})

/** The peers are no packages of the product: they are installed here, the first time they are needed. */
async function installPackages(): Promise<void> {
  const lock = await readFile(lockFile, 'utf8')
  if (existsSync(installedMark) && (await readFile(installedMark, 'utf8')) === lock) return
  console.error('Installing the packages of the benchmark into bench/node_modules: once, about a minute.')
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (done.status !== 0) throw new Error('Could not install the packages of the benchmark; see above.')
  await writeFile(installedMark, lock)
}
