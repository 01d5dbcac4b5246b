import type { Config } from '../config/config.ts'
import type { Audience, Site } from '../domain.ts'
import { escapeHtml } from '../http/escape-html.ts'
import type { DemoViewers } from './page.ts'
import { PlainDocument } from './plain-document.ts'

interface Rendering {
  nonce: string
  /** Whom the endpoint is for; undefined for the back office's. */
  audience: (Audience & { name: string }) | undefined
  limits: Config['limits']
  /** The start pages of other endpoints. */
  others: readonly { path: string; about: string }[]
  /** The domain's site, where it is served or, in development, could be built. */
  site: (Site & { isBuilt: boolean }) | undefined
  /** The origin under which the reader opened this page. */
  origin: string
  /** Shown in development only, like the health paths. */
  version: string | undefined
  paths: { graphql: string; graphiql: string | undefined; schema: string | undefined; api: string | undefined }
  viewers: DemoViewers
}

/** The start page. It loads nothing else. */
export class LandingPage {
  readonly #document = new PlainDocument()

  async html({ nonce, audience, limits, origin, version, paths, viewers, site, others }: Rendering): Promise<string> {
    const body = `<header>
<h1>Frontdoor${version === undefined ? '' : ` <small>${escapeHtml(version)}</small>`}</h1>
<p>${audience ? `The endpoint <strong>${escapeHtml(audience.name)}</strong>. ${escapeHtml(audience.about)}` : 'A GraphQL API is here.'}</p>
</header>
<section aria-labelledby="paths">
<h2 id="paths">What runs here</h2>
<ul class="paths">
${[...pathsOf(paths), ...othersOf(others), ...siteRows(site), ...(version === undefined || audience ? [] : healthRows)].join('\n')}
</ul>
</section>
${audience ? boundsSection(audience, limits) : ''}
${version === undefined ? '' : trySection(`${origin}${paths.graphql}`, viewers, paths.graphiql)}`
    return this.#document.html('Frontdoor', nonce, body)
  }

  /** Replaces a site that is not built. */
  async unbuiltSite({ nonce, site }: { nonce: string; site: Site }): Promise<string> {
    const name = escapeHtml(site.name)
    const body = `<header>
<h1>${name}</h1>
<p>${name} is not built yet. This builds it, and the page is here when you load it again:</p>
</header>
${command(site.buildWith)}`
    return this.#document.html(name, nonce, body)
  }
}

function pathsOf({ graphql, graphiql, schema, api }: Rendering['paths']): string[] {
  const rows = [
    row(undefined, `<code>${graphql}</code>`, 'The API. POST runs operations, GET runs queries.'),
    graphiql && row(graphiql, 'GraphiQL', 'Write operations, run them, read about every type and field.'),
    schema && row(schema, 'Schema', 'The whole contract as a file, for people and for code generators.'),
    api && row(api, 'REST', 'Named operations at paths of their own, with their OpenAPI document.'),
  ]
  return rows.filter((text) => text !== undefined)
}

function othersOf(others: Rendering['others']): string[] {
  return others.map(({ path, about }) => row(path, `<code>${path}graphql</code>`, escapeHtml(about)))
}

/** What an endpoint takes, and how much. */
function boundsSection({ viewers }: Audience, { cost, depth, pageSize, bodyBytes }: Config['limits']): string {
  const number = new Intl.NumberFormat('en')
  const bounds = [
    ['Viewers', viewers.map(escapeHtml).join(', ')],
    ['Cost of an operation', `at most ${number.format(cost)}`],
    ['Depth', `at most ${number.format(depth)}`],
    ['Page of a list', `at most ${number.format(pageSize)}`],
    ['Request body', `at most ${number.format(bodyBytes)} bytes`],
  ]
  return `<section aria-labelledby="bounds">
<h2 id="bounds">What it takes</h2>
<ul class="paths">
${bounds.map(([name, bound]) => row(undefined, name ?? '', bound ?? '')).join('\n')}
</ul>
</section>`
}

const healthRows = [
  row('/healthz', '/healthz', 'Whether the process answers.'),
  row('/readyz', '/readyz', 'Whether it can serve: database, migrations, rights.'),
]

function siteRows(site: Rendering['site']): string[] {
  if (!site) return []
  const name = escapeHtml(site.name)
  if (site.isBuilt) return [row(`${site.path}/`, name, escapeHtml(site.about))]
  return [row(undefined, name, `Not built yet: <code>${escapeHtml(site.buildWith)}</code>`)]
}

function row(href: string | undefined, name: string, what: string): string {
  const title = href === undefined ? name : `<a href="${href}">${name}</a>`
  return `<li><strong>${title}</strong> <span>${what}</span></li>`
}

function trySection(api: string, viewers: DemoViewers, graphiql: string | undefined): string {
  const query = '{ __typename }'
  return `<section aria-labelledby="call">
<h2 id="call">A first call</h2>
${command(`curl ${api} -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`)}
</section>
${viewersSection(viewers, graphiql)}
<footer>The documentation is in the code repository: <code>README.md</code> and <code>docs/</code>.
<code>docs/operations.md</code> is for operators, <code>docs/api.md</code> for client developers, and
<code>docs/permissions.md</code> lists who may do what.</footer>`
}

function viewersSection(viewers: DemoViewers, graphiql: string | undefined): string {
  if (viewers === 'withheld') {
    return `<section aria-labelledby="viewers">
<h2 id="viewers">Demo viewers</h2>
<p>Open this page at localhost to see their tokens: they are given to no other host name.</p>
</section>`
  }
  if (viewers.length === 0) return ''
  const items = viewers.map(({ label, token }, index) => {
    const run = graphiql === undefined ? '' : `<a href="${graphiql}#run-as=${index + 1}">Run as them in GraphiQL</a>`
    return `<li><details><summary>${escapeHtml(label)}</summary>
<p>Send this header with a request; it is good for 12 hours. ${run}</p>
${command(`authorization: Bearer ${token}`)}</details></li>`
  })
  return `<section aria-labelledby="viewers">
<h2 id="viewers">Demo viewers</h2>
<p>In development only, for the demo data.</p>
<ul class="viewers">
${items.join('\n')}
</ul>
</section>`
}

/** Selected as a whole with one click. */
function command(text: string): string {
  return `<pre>${escapeHtml(text)}</pre>`
}
