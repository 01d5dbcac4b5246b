import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../src/platform/config/config.ts'
import { originOf } from '../src/platform/http/listener.ts'
import { domain } from '../src/schema.ts'
import { readOptions, runScript } from './run-script.ts'
import { buildStorefront, checkStorefront } from './storefront-build.ts'

const usage = `npm run storefront             builds the shop in examples/storefront, and starts the server with it at /shop/
npm run storefront -- --build  only builds it
npm run storefront -- --check  only checks its documents and types`

/** A running server serves a file at once. */
const responseBoundMs = 2000

await runScript(usage, async () => {
  const { build: onlyBuild, check: onlyCheck } = readOptions({ build: { type: 'boolean' }, check: { type: 'boolean' } })
  if (domain.name !== 'commerce') return console.log(`The storefront is the shop's, and ${domain.name} is served.`)
  if (onlyCheck) return checkStorefront()
  await buildStorefront()
  if (onlyBuild) return
  const shop = await runningShop()
  if (shop) return console.log(`\nA server already runs with it: ${shop}`)
  // A server that is started so is one that `npm start` has started.
  Object.assign(process.env, { npm_lifecycle_event: 'start' })
  await import('../src/main.ts')
})

/** The URL of a server that already runs on this port with this build; undefined where none does. */
async function runningShop(): Promise<string | undefined> {
  const { host, port } = parseConfig()
  const { site } = domain
  if (!site || port === 0) return undefined
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const url = `${originOf(name, port)}${site.path}/`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(responseBoundMs) })
    const built = await readFile(join(site.folder, 'index.html'), 'utf8')
    return (await answer.text()) === built ? url : undefined
  } catch {
    return undefined
  }
}
