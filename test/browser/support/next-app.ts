import { exec, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { installPackages } from '../../../scripts/install-packages.ts'

export const folder = join(import.meta.dirname, '../../../examples/next')
export const manifest = join(folder, 'gql/persisted-documents.json')

const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }

export async function buildNextApp(): Promise<void> {
  installPackages(folder, 'the app on Next.js')
  await promisify(exec)('npm run --silent build', { cwd: folder, env })
}

/** The built app on a free port, in front of this API. */
export async function startNextApp(apiUrl: string, settings: Record<string, string> = {}) {
  const args = ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', '0']
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...env, ...settings, FRONTDOOR_URL: apiUrl } })
  const ended = once(child, 'close')
  const lines: string[] = []
  const started = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        lines.push(line)
        const url = /Local: +(http:\S+)/.exec(line)?.[1]
        if (url) resolve(url)
      })
    }
    ended.then(() => reject(new Error(`The app has ended: ${lines.join('\n')}`)), reject)
  })
  return {
    url: await started,
    /** What it has printed. */
    lines,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
