import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../src/platform/config/config.ts'
import { originOf } from '../src/platform/http/listener.ts'
import { domain } from '../src/schema.ts'
import { readOptions, runScript } from './run-script.ts'
import { buildStorefront } from './storefront-build.ts'

const usage = `npm run storefront             builds the shop in examples/storefront, and starts the server, which has it at /shop/
npm run storefront -- --build  only builds it`

/** A server that is up answers a file at once. */
const answersWithinMs = 2000

await runScript(usage, async () => {
  const { build: onlyBuild } = readOptions({ build: { type: 'boolean' } })
  await buildStorefront()
  if (onlyBuild) return
  const shop = await runningShop()
  if (shop) return console.log(`\nThe server that runs already has it: ${shop}`)
  await import('../src/main.ts')
})

/** Where a server answers already, at the port ours would take, with what was just built; undefined where none does. */
async function runningShop(): Promise<string | undefined> {
  const { host, port } = parseConfig()
  const { site } = domain
  if (!site || port === 0) return undefined
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const url = `${originOf(name, port)}${site.path}/`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answersWithinMs) })
    const built = await readFile(join(site.folder, 'index.html'), 'utf8')
    return (await answer.text()) === built ? url : undefined
  } catch {
    return undefined
  }
}
