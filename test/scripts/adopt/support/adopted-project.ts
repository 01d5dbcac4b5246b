import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { z } from 'zod'
import { adopt } from '../../../../scripts/commands/adopt.ts'
import { generateClient } from '../../../../scripts/generate-client.ts'
import { outcomeOf } from '../../../../scripts/run-script.ts'
import { platformFiles, writeFiles } from '../../../second-domain/support/project.ts'

const root = join(import.meta.dirname, '../../../..')

/** A project without a domain. The command puts one into it. */
export async function emptyProject() {
  const folder = join(root, 'test-artifacts', `adopted-${randomUUID()}`)
  const files = await platformFiles()
  files.set('biome.json', await readFile(join(root, 'biome.json'), 'utf8'))
  await writeFiles(folder, files)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** `npm run adopt -- …args` in this folder. */
export const adoptIn = (folder: string, ...args: string[]) => outcomeOf(adopt, [...args, '--in', folder], {})

/** A project with the domain that the command made of a database. The adopter has done nothing but to run it. */
export async function adoptedProject(url: string, ...args: string[]) {
  const project = await emptyProject()
  const outcome = await adoptIn(project.folder, url, ...args)
  if (outcome.code !== 0) throw new Error(outcome.stderr)
  await generateClient(project.folder)
  return { ...project, report: outcome.stdout }
}

/** What the compiler says of the sources of a project; empty where nothing is wrong. */
export async function typeErrorsIn(folder: string): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const options = [
    '--ignoreConfig',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--strict',
    '--noUncheckedIndexedAccess',
    '--noEmit',
  ]
  const others = [
    '--allowImportingTsExtensions',
    '--skipLibCheck',
    '--lib',
    'es2024,esnext.disposable,esnext.collection,dom',
    '--types',
    'node',
  ]
  const running = promisify(execFile)(process.execPath, [compiler, ...options, ...others, 'src/schema.ts'], {
    cwd: folder,
  })
  return running.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )
}

const results = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
})

/** Runs the tests of these paths as the adopter would, on the server of this run. Returns what failed, and how many passed. */
export async function testsIn(folder: string, ...paths: string[]) {
  const runner = join(root, 'node_modules/vitest/vitest.mjs')
  const report = join(folder, 'test-results.json')
  const args = [runner, 'run', '--root', folder, '--reporter=json', `--outputFile=${report}`, ...paths]
  const env = { ...process.env, TEST_DATABASE_URL: inject('server').url }
  const output = await promisify(execFile)(process.execPath, args, { cwd: folder, env, maxBuffer: 1e8 }).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
  )
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(output)
  })
  const { testResults, numPassedTests } = results.parse(JSON.parse(text))
  if (testResults.length === 0) throw new Error(output)
  const failed = testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message === '' ? [] : [`${name}: ${message}`]),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n    at ')[0]}`),
  ])
  return { failed, passed: numPassedTests, files: testResults.length }
}
