import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs the packages of a folder that has its own package-lock.json, unless they are installed already. Only the
 * commands that need them call this: `npm install` leaves them out.
 */
export function installPackages(folder: string, what: string): void {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  const installed = join(folder, 'node_modules/.installed-lock.json')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return
  console.error(`Installing the packages of ${what} into ${join(folder, 'node_modules')}: once, about a minute.`)
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`The packages of ${what} could not be installed; the lines above say why.`)
  writeFileSync(installed, lock)
}
