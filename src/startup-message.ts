import { type App, demoTokens } from './app.ts'
import type { Config } from './platform/config/config.ts'
import type { Unready } from './platform/database/readiness.ts'
import { placeOf } from './platform/database/urls.ts'
import { isBuilt } from './platform/pages/static-site.ts'
import { domain } from './schema.ts'

interface State {
  unready: Unready | undefined
  /** Whether the demo data is loaded. */
  hasDemo: boolean
}

/** What the start prints in development, once the server listens. */
export async function startupMessage(
  config: Config,
  { url, metricsUrl }: App,
  { unready, hasDemo }: State,
): Promise<string> {
  const { url: databaseUrl } = config.database
  const isEmbedded = databaseUrl === undefined
  return `
${heading(config.version, unready)}

${config.landingPage ? `  Start page         ${url}/\n` : ''}  API and GraphiQL   ${url}/graphql
${siteLine(config, url)}  Health             ${url}/healthz, ${url}/readyz${metricsUrl === undefined ? '' : `\n  Metrics            ${metricsUrl}/metrics`}
  Database           ${isEmbedded ? `embedded PostgreSQL, files in ${config.dataDir}` : placeOf(databaseUrl)}

${hasDemo ? await demoCalls(config, `${url}/graphql`) : withoutDemo(unready)}

Ctrl-C stops the server${isEmbedded ? ' and its database; the data stays' : ''}.
`
}

function heading(version: string, unready: Unready | undefined): string {
  if (!unready) return `Frontdoor ${version} is open.`
  const { reason, said } = unready
  return `Frontdoor ${version} listens, and cannot serve yet: ${reason}${said ? ` (${said})` : ''}`
}

function siteLine({ site: isServed }: Config, url: string): string {
  const { site } = domain
  if (!site || !isServed) return ''
  return `  ${site.name.padEnd(18)} ${isBuilt(site) ? `${url}${site.path}/` : `not built yet: ${site.buildWith}`}\n`
}

async function demoCalls(config: Config, api: string): Promise<string> {
  const calls = (await demoTokens(config)).map(
    ({ label, token, query }) => `
  ${label}
  curl ${api} -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '${JSON.stringify({ query })}'`,
  )
  return `Demo viewers (tokens last 12 hours; more: npm run --silent token -- customer ERNSH):\n${calls.join('\n')}`
}

function withoutDemo(unready: Unready | undefined): string {
  const seed = unready ? '' : 'The demo data is not in it: npm run seed\n'
  return `${seed}A token for it: npm run --silent token -- admin`
}
