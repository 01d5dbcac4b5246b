import { exec } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'

const root = join(import.meta.dirname, '../../..')
export const folder = join(root, 'examples/clients')

/** Runs a script of the examples like npm, without npm's start-up time. Returns its output. */
export async function runScript(name: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
  const path = [join(folder, 'node_modules/.bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  const { stdout } = await promisify(exec)(scripts[name] ?? 'false', {
    cwd: folder,
    env: { ...process.env, PATH: path, ...env },
    timeout: 60_000,
  })
  return stdout
}
