import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import type { Demo, DemoClaims } from '../../src/platform/domain.ts'
import { domain } from '../../src/schema.ts'
import { type Command, UsageError } from '../run-script.ts'

const { roles, demo } = domain
const byCode = demo?.byCode
const whose = [...Object.keys(roles), ...(byCode ? [`${byCode.kind} CODE`] : [])]
const example = byCode ? `, or for this ${byCode.kind} of the demo data (${byCode.examples.join(', ')}, …)` : ''

const usage = `npm run --silent token -- ${whose.join(' | ')}

Prints a token of development mode for this role${example}.`

export const token: Command = { usage, run }

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const config = parseConfig(env)
  if (!config.auth.own) throw new Error('The settings name an issuer: tokens come from there, not from here.')
  if (!demo) throw new Error(`The domain ${domain.name} has no demo viewers, so there are no tokens for them.`)
  return developmentToken(config.dataDir, config.auth, await claimsOf(demo, args))
}

async function claimsOf({ ofRole, byCode }: Demo, [name = '', code, ...others]: string[]): Promise<DemoClaims> {
  if (others.length > 0) throw new UsageError(`Unexpected argument '${others[0]}'`)
  if (name === byCode?.kind) return claimsOfCode(byCode, code)
  if (code !== undefined) throw new UsageError(`Unexpected argument '${code}'`)
  if (Object.hasOwn(roles, name)) return ofRole(name)
  throw new UsageError(name === '' ? 'Whose token?' : `There is no role '${name}'`)
}

/** From the demo data itself, so that the database need not run. */
async function claimsOfCode(
  { kind, codes, claimsOf }: NonNullable<Demo['byCode']>,
  code: string | undefined,
): Promise<DemoClaims> {
  if (code === undefined) throw new UsageError(`Of which ${kind}?`)
  const known = (await codes()).find((each) => each.toUpperCase() === code.toUpperCase())
  if (known === undefined) throw new Error(`The demo data has no ${kind} ${code.toUpperCase()}.`)
  return claimsOf(known)
}
