import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What is made of a new domain, as scripts of package.json. Those of one step need the steps before it. */
const steps = [
  ['generate'],
  ['schema', 'events', 'permissions', 'privacy', 'docs'],
  ['schema:diff -- --begin', 'events -- --begin'],
]

const files: Readonly<Record<string, string>> = {
  generate: 'scripts/generate.ts',
  schema: 'scripts/schema.ts',
  events: 'scripts/events.ts',
  permissions: 'scripts/permissions.ts',
  privacy: 'scripts/privacy.ts',
  docs: 'scripts/docs.ts',
  'schema:diff': 'scripts/schema-diff.ts',
}

/**
 * Makes everything that follows from a new domain: the client, the contract, which begins with it, and the pages. Each
 * script is a process of its own, since the modules of this one are those of the domain before.
 */
export async function completeProject(
  root: string,
  name: string,
  onProgress: (message: string) => void,
): Promise<void> {
  await nameRoom(root, name)
  for (const [at, scripts] of steps.entries()) {
    onProgress(scripts.map((script) => `npm run ${script}`).join(', '))
    const outcomes = await Promise.allSettled(scripts.map((script) => runScript(root, script)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw new Error(failure(name, failed.reason, steps.slice(at).flat()))
  }
}

async function runScript(root: string, script: string): Promise<void> {
  const [name = '', ...options] = script.split(' ').filter((word) => word !== '--')
  const command = ['--import', './scripts/require-node.js', files[name] ?? '', ...options]
  await promisify(execFile)(process.execPath, command, { cwd: root })
}

function failure(name: string, reason: unknown, left: readonly string[]): string {
  const said = reason instanceof Error && 'stderr' in reason ? String(reason.stderr).trim() : String(reason)
  const rest = left.map((script) => `npm run ${script}`).join(' && ')
  return `src/${name}/ is written, and what follows from it is not. Correct this, then: ${rest}\n\n${said}`
}

/** The page of the folders names the room of each domain. */
async function nameRoom(root: string, name: string): Promise<void> {
  const path = join(root, 'docs/architecture.md')
  const page = await readFile(path, 'utf8')
  const row = `| \`src/${name}/\` |`
  if (page.includes(row)) return
  const above = /^\| `src\/schema\.ts` \|.*\n/m
  await writeFile(
    path,
    page.replace(
      above,
      (found) => `${found}${row} the domain: types, rules, row policies. Made by \`npm run adopt\` |\n`,
    ),
  )
}
