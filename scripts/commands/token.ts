import { customerCodes } from '../../prisma/demo/northwind.ts'
import { type DemoClaims, demoCustomer, demoStaff } from '../../prisma/demo/viewers.ts'
import { roles } from '../../src/commerce/access.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { type Command, UsageError } from '../run-script.ts'

const usage = `npm run --silent token -- ${Object.keys(roles).join(' | ')} | customer CODE

Prints a token of development mode for this role, or for this customer of the demo data (ALFKI, BONAP, …).`

export const token: Command = { usage, run }

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const config = parseConfig(env)
  if (!config.auth.own) throw new Error('The settings name an issuer: tokens come from there, not from here.')
  return developmentToken(config.dataDir, config.auth, await claimsOf(args))
}

async function claimsOf([name = '', code, ...others]: string[]): Promise<DemoClaims> {
  if (others.length > 0) throw new UsageError(`Unexpected argument '${others[0]}'`)
  if (name === 'customer' && code !== undefined) return demoCustomer(await knownCode(code.toUpperCase()))
  if (code !== undefined) throw new UsageError(`Unexpected argument '${code}'`)
  if (Object.hasOwn(roles, name)) return demoStaff(name)
  throw new UsageError(
    name === '' ? 'Whose token?' : name === 'customer' ? 'Of which customer?' : `There is no role '${name}'`,
  )
}

/** From the files of the demo data, so that the database need not run. */
async function knownCode(code: string): Promise<string> {
  if ((await customerCodes()).includes(code)) return code
  throw new Error(`The demo data (prisma/demo/customers.csv) has no customer ${code}.`)
}
