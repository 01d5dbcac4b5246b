import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onlyChecks, runScript } from './run-script.ts'

const usage = `npm run generate              makes the Prisma client and Pothos's types in src/generated from the models
npm run generate -- --check   fails where they were not current (and makes them so)`

const root = join(import.meta.dirname, '..')

await runScript(usage, async () => {
  const isCheck = onlyChecks()
  const before = await fingerprint()
  await generate()
  if (!isCheck) return console.log('Made src/generated.')
  if (before !== (await fingerprint())) throw new Error('src/generated was older than the models; it is current now.')
  console.log('src/generated is current.')
})

async function generate(): Promise<void> {
  const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')
  // Generating needs no schema engine, but the CLI downloads one unless this names an executable.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  await promisify(execFile)(process.execPath, [cli, 'generate', '--no-hints'], { cwd: root, env })
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  const paths = await Array.fromAsync(glob('src/generated/**/*.ts', { cwd: root }))
  for (const path of paths.sort()) hash.update(path).update(await readFile(join(root, path)))
  return hash.digest('hex')
}
