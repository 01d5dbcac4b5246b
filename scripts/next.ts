import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPackages } from './install-packages.ts'
import { readOptions, runScript } from './run-script.ts'

const usage = `npm run next             builds the web app in examples/next, and starts it
npm run next -- --build  only builds it

The app reads FRONTDOOR_URL (http://127.0.0.1:4000) and PORT (3000).`

const folder = join(import.meta.dirname, '../examples/next')

await runScript(usage, async () => {
  const { build: onlyBuild } = readOptions({ build: { type: 'boolean' } })
  installPackages(folder, 'the app on Next.js')
  run('build')
  if (!onlyBuild) run('start')
})

function run(script: string): void {
  const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`The script "${script}" of examples/next failed.`)
}
