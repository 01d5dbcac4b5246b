import { execFile } from 'node:child_process'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/**
 * Runs a script of package.json with these arguments and this environment only. Returns its output; rejects with `code`
 * and `stderr` where it fails.
 */
export async function commandOutput(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const command = ['--import', './scripts/require-node.js', script, ...args]
  const running = promisify(execFile)(process.execPath, command, {
    cwd: root,
    env: { PATH: process.env.PATH, ENV_FILE: devNull, ...env },
  })
  return (await running).stdout.trim()
}
