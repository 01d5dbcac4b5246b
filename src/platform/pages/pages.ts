import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Config } from '../config/config.ts'
import type { Domain } from '../domain.ts'
import { graphqlPath } from '../http/exchange.ts'
import type { PageHandler } from '../http/front.ts'
import { isLoopbackHost } from '../http/loopback-host.ts'
import type { Refusal } from '../http/request-refusal.ts'
import { editorPolicy, plainPolicy } from '../http/security-headers.ts'
import { GraphiQLPage } from './graphiql.ts'
import { LandingPage } from './landing.ts'
import type { DemoViewer, DemoViewers } from './page.ts'
import { StaticSite } from './static-site.ts'

export interface PagesParts {
  config: Config
  schema: GraphQLSchema
  domain: Domain
  /** The demo viewers that the pages offer; development only. */
  demoViewers?: () => Promise<readonly DemoViewer[]>
}

const landingPath = '/'
const schemaPath = '/schema.graphql'
const demoViewersPath = '/demo-viewers'

const signInFirst = { query: '# Put a token or API key into the bar above first.\n{\n  __typename\n}\n' }

/** Pages for people in browsers, and the schema as a file. Programs get none of the pages. */
export class Pages {
  readonly #parts: PagesParts
  readonly #landing = new LandingPage()
  readonly #graphiql: GraphiQLPage
  readonly #site: StaticSite | undefined
  #contract: Promise<string> | undefined

  constructor(parts: PagesParts) {
    this.#parts = parts
    const { config, domain } = parts
    // Without a credential the page shows nothing of the schema, and so no examples.
    this.#graphiql = new GraphiQLPage(config.graphiql === true ? domain.exampleOperations : [signInFirst])
    if (domain.site && config.site) this.#site = new StaticSite(domain.site, config.mode !== 'production')
  }

  /** Undefined where the request is for no page, or for one that is switched off. */
  handlerFor(path: string, request: IncomingMessage): PageHandler | undefined {
    const { graphiql, landingPage, introspection } = this.#parts.config
    const site = this.#site
    if (site?.holds(path) && this.#shownSite()) return (...exchange) => this.#answerSite(site, path, ...exchange)
    if (request.method !== 'GET') return undefined
    if (path === schemaPath) return introspection ? (_request, response) => this.#showContract(response) : undefined
    if (path === demoViewersPath) return (...exchange) => this.#tellDemoViewers(...exchange)
    if (!isForPeople(request)) return undefined
    if (path === landingPath && landingPage) return (...exchange) => this.#showLanding(...exchange)
    if (path === graphqlPath && graphiql) return (...exchange) => this.#showGraphiQL(...exchange)
    return undefined
  }

  async #answerSite(
    site: StaticSite,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Refusal | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { code: 'METHOD_NOT_ALLOWED', message: 'Files are here to be read.', headers: { allow: 'GET, HEAD' } }
    }
    if (site.isBuilt) return site.answer(path, request, response)
    const { name, buildWith } = site.settings
    if (!isForPeople(request)) return { code: 'NOT_FOUND', message: `${name} is not built yet: ${buildWith}` }
    const { nonce, policy } = plainPolicy()
    return send(response, await this.#landing.unbuiltSite({ nonce, site: site.settings }), policy, 404)
  }

  async #showLanding(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const { version, mode, graphiql, introspection } = this.#parts.config
    const isProduction = mode === 'production'
    const { nonce, policy } = plainPolicy()
    const page = await this.#landing.html({
      nonce,
      origin: request.headers.host ? `http://${request.headers.host}` : '',
      // In production the page does not reveal the version.
      version: isProduction ? undefined : version,
      paths: {
        graphql: graphqlPath,
        graphiql: graphiql === false ? undefined : graphqlPath,
        schema: introspection ? schemaPath : undefined,
      },
      viewers: await this.#demoViewers(request),
      site: this.#shownSite(),
    })
    return send(response, page, policy)
  }

  /** In production a site that is not built is not mentioned. */
  #shownSite() {
    if (!this.#site) return undefined
    const { isBuilt, settings } = this.#site
    return isBuilt || this.#parts.config.mode !== 'production' ? { ...settings, isBuilt } : undefined
  }

  async #showGraphiQL(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const { graphiql, landingPage, introspection } = this.#parts.config
    const { nonce, policy } = editorPolicy()
    const links = [
      ...(introspection ? [{ href: schemaPath, name: 'Schema' }] : []),
      ...(landingPage ? [{ href: landingPath, name: 'Start page' }] : []),
    ]
    const credential = graphiql === 'signed-in' ? 'token' : await this.#demoViewers(request)
    return send(response, await this.#graphiql.html({ nonce, links, credential }), policy)
  }

  async #demoViewers({ headers }: IncomingMessage): Promise<DemoViewers> {
    const { demoViewers } = this.#parts
    if (!demoViewers) return []
    return isLoopbackHost(headers.host) ? demoViewers() : 'withheld'
  }

  /**
   * For the built site, whose files are the same for everyone. A page of another origin can neither read nor request
   * it.
   */
  async #tellDemoViewers(request: IncomingMessage, response: ServerResponse): Promise<Refusal | undefined> {
    const viewers = await this.#demoViewers(request)
    if (viewers === 'withheld') {
      return { code: 'NOT_FOUND', message: 'The tokens of demo viewers are given to localhost alone.' }
    }
    if (viewers.length === 0) return { code: 'NOT_FOUND', message: 'There are demo viewers in development only.' }
    if (isFromElsewhere(request)) {
      return { code: 'ORIGIN_NOT_ALLOWED', message: 'Pages of another origin are given no tokens.' }
    }
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify(viewers.map(({ name, label, token }) => ({ name, label, token }))))
    return undefined
  }

  async #showContract(response: ServerResponse): Promise<undefined> {
    this.#contract ??= import('../graphql/print-contract.ts').then(({ printContract }) =>
      printContract(this.#parts.schema),
    )
    // As text, so that browsers display it.
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(await this.#contract)
  }
}

function isForPeople({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

/** From the browser's headers. A request without them is from a program, and not from a page. */
function isFromElsewhere({ headers: { host, origin, 'sec-fetch-site': site = 'none' } }: IncomingMessage): boolean {
  if (origin !== undefined && URL.parse(origin)?.host !== host) return true
  return site !== 'same-origin' && site !== 'none'
}

function send(response: ServerResponse, page: string | Buffer, policy: string, status = 200): undefined {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(page)
}
