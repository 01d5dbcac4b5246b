import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Makes the Prisma client and Pothos's types from the models of a project. */
export async function generateClient(root: string): Promise<void> {
  const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')
  // Generating needs no schema engine, but the CLI downloads one unless this names an executable.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  await promisify(execFile)(process.execPath, [cli, 'generate', '--no-hints'], { cwd: root, env })
  await nameNoMissingKeys(join(root, 'src/generated'))
}

/** Of a view without a key, Pothos's types name a type that Prisma does not make. */
async function nameNoMissingKeys(folder: string): Promise<void> {
  const path = join(folder, 'pothos-types.ts')
  const types = await readFile(path, 'utf8')
  const models = [...types.matchAll(/Prisma\.(\w+)WhereUniqueInput/g)].map(([, model = '']) => model)
  const made = await Promise.all(models.map((model) => readFile(join(folder, `prisma/models/${model}.ts`), 'utf8')))
  const missing = models.filter((model, at) => !made[at]?.includes(`export type ${model}WhereUniqueInput `))
  const current = missing.reduce((text, model) => text.replace(`Prisma.${model}WhereUniqueInput`, 'never'), types)
  if (current !== types) await writeFile(path, current)
}
