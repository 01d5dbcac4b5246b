// npm run --silent token -- admin            a token for a demo viewer, on standard output
// npm run --silent token -- auditor          or any other role
// npm run --silent token -- customer ALFKI
import { demoCustomer, demoStaff } from '../prisma/demo/viewers.ts'
import { roles } from '../src/commerce/access.ts'
import { developmentToken } from '../src/platform/auth/development-keys.ts'
import { parseConfig } from '../src/platform/config.ts'
import { runScript } from './run-script.ts'

await runScript(async () => {
  const config = parseConfig()
  if (!config.auth.own) throw new Error('The settings name an issuer: tokens come from there, not from here.')
  const [name = '', code] = process.argv.slice(2)
  const staff = Object.hasOwn(roles, name) ? demoStaff(name) : undefined
  const claims = name === 'customer' && code ? demoCustomer(code) : staff
  if (!claims) throw new Error(`Usage: npm run --silent token -- ${Object.keys(roles).join(' | ')} | customer CODE`)
  console.log(await developmentToken(config.dataDir, config.auth, claims))
})
