import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { WrittenFile } from './domain/code.ts'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** Writes files of a project into a folder of their own, formatted and with models that Prisma understands. */
export async function writeDraft(root: string, draft: string, files: readonly WrittenFile[]): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(join(draft, path)), { recursive: true })
    await writeFile(join(draft, path), text)
  }
  await formatCode(root, draft)
  await formatModels(root, draft)
}

/** By the rules of this project, without its list of ignored files. */
async function formatCode(root: string, draft: string): Promise<void> {
  const rules = z.looseObject({}).parse(JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')))
  await writeFile(join(draft, 'biome.json'), JSON.stringify({ ...rules, $schema: undefined, vcs: { enabled: false } }))
  const biome = require.resolve('@biomejs/biome/bin/biome')
  await run(process.execPath, [biome, 'check', '--write', '--linter-enabled=false', '.'], { cwd: draft })
  await rm(join(draft, 'biome.json'))
}

/** Prisma's formatter refuses what is not valid. It reads the platform's models too. */
export async function formatModels(root: string, draft: string): Promise<void> {
  const platform = 'prisma/platform.prisma'
  await copyFile(join(root, platform), join(draft, platform))
  const cli = require.resolve('prisma/build/index.js')
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  await run(process.execPath, [cli, 'format', '--schema', 'prisma'], { cwd: draft, env })
  await rm(join(draft, platform))
}
