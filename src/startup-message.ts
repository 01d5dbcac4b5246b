import type { App } from './app.ts'
import { demoTokens } from './demo-tokens.ts'
import type { Config } from './platform/config/config.ts'
import type { Unready } from './platform/database/readiness.ts'
import { placeOf } from './platform/database/urls.ts'
import { offWhereReadingOnly } from './platform/execution/reading-only.ts'
import { isBuilt } from './platform/pages/static-site.ts'
import { domain } from './schema.ts'

interface State {
  unready: Unready | undefined
  lacksDemoData: boolean
}

/** What the start prints in development, once the server listens. */
export async function startupMessage(
  config: Config,
  { url, metricsUrl, readingOnly }: App,
  { unready, lacksDemoData }: State,
): Promise<string> {
  const { url: databaseUrl } = config.database
  const isEmbedded = databaseUrl === undefined
  return `
${heading(config.version, unready, readingOnly)}

${config.landingPage ? `  Start page         ${url}/\n` : ''}  API and GraphiQL   ${url}/graphql
${siteLine(config, url)}  Health             ${url}/healthz, ${url}/readyz${metricsUrl === undefined ? '' : `\n  Metrics            ${metricsUrl}/metrics`}
  Database           ${isEmbedded ? `embedded PostgreSQL, files in ${config.dataDir}` : placeOf(databaseUrl)}

${unready || lacksDemoData ? withoutDemo(lacksDemoData) : await demoCalls(config, `${url}/graphql`)}

Ctrl-C stops the server${isEmbedded ? ' and its database; the data stays' : ''}.
`
}

function heading(version: string, unready: Unready | undefined, readingOnly: string | undefined): string {
  if (!unready && readingOnly !== undefined)
    return `Frontdoor ${version} is open for reading only: ${readingOnly}. These are off:\n${offWhereReadingOnly.map((off) => `  - ${off}`).join('\n')}`
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
  const viewers = await demoTokens(config, domain)
  if (viewers.length === 0) return withoutDemo(false)
  const calls = viewers.map(
    ({ label, token, query }) => `
  ${label}
  curl ${api} -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '${JSON.stringify({ query })}'`,
  )
  return `Demo viewers (tokens last 12 hours; more: npm run --silent token -- ${anotherViewer()}):\n${calls.join('\n')}`
}

function withoutDemo(lacksDemoData: boolean): string {
  const seed = lacksDemoData ? 'The demo data is not in it: npm run seed\n' : ''
  return `${seed}A token for it: npm run --silent token -- ${Object.keys(domain.roles)[0] ?? 'ROLE'}`
}

function anotherViewer(): string {
  const { roles, demo } = domain
  const [example] = demo?.byCode?.examples ?? []
  return example === undefined ? Object.keys(roles).join(' | ') : `${demo?.byCode?.kind} ${example}`
}
