// npm run --silent token -- admin            a token for a demo viewer, on standard output
// npm run --silent token -- support
// npm run --silent token -- customer ALFKI
import { demoCustomer, demoViewers } from '../prisma/demo/viewers.ts'
import { developmentToken } from '../src/platform/auth/development-keys.ts'
import { parseConfig } from '../src/platform/config.ts'
import { runScript } from './run-script.ts'

await runScript(async () => {
  const config = parseConfig()
  if (!config.auth.own) throw new Error('The settings name an issuer: tokens come from there, not from here.')
  const [name = '', code] = process.argv.slice(2)
  const claims =
    name === 'customer' && code ? demoCustomer(code) : demoViewers.find((viewer) => viewer.name === name)?.claims
  if (!claims) throw new Error('Usage: npm run --silent token -- admin | support | customer CODE')
  console.log(await developmentToken(config.dataDir, config.auth, claims))
})
