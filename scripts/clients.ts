import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPackages } from './install-packages.ts'
import { runScript, UsageError } from './run-script.ts'

const usage = `npm run clients                installs the packages of examples/clients, and generates what the programs import
npm run clients -- fetch       does the same, and runs a program: apollo, codegen, fetch, gql-tada, graphql-request,
                               persisted-get, relay, urql; or check, which is tsc --strict over all of them

A program reads FRONTDOOR_URL (http://127.0.0.1:4000) and FRONTDOOR_TOKEN.`

const folder = join(import.meta.dirname, '../examples/clients')

await runScript(usage, async () => {
  const [program, ...others] = process.argv.slice(2)
  if (others.length > 0) throw new UsageError('Name one program.')
  installPackages(folder, 'the example clients')
  run('generate')
  if (program !== undefined) run(program)
})

function run(script: string): void {
  const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`The script "${script}" of examples/clients failed.`)
}
