import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config/config.ts'
import type { Audience, Domain } from '../domain.ts'
import type { PageHandler } from '../http/front.ts'
import { isLoopbackHost } from '../http/loopback-host.ts'
import type { Refusal } from '../http/request-refusal.ts'
import { plainPolicy } from '../http/security-headers.ts'
import { sendBody } from '../http/whole-body.ts'
import { EndpointPages, type PagedEndpoint } from './endpoint-pages.ts'
import { LandingPage } from './landing.ts'
import { type DemoViewer, type DemoViewers, isForPeople, isRead, sendPage } from './page.ts'
import { StaticSite } from './static-site.ts'

export interface PagesParts {
  config: Config
  endpoints: readonly PagedEndpoint[]
  domain: Domain
  /** The demo viewers that the pages offer; development only. */
  demoViewers?: (() => Promise<readonly DemoViewer[]>) | undefined
}

const demoViewersPath = '/demo-viewers'

/** Pages for people in browsers, and the contracts as files. Programs get none of the pages. */
export class Pages {
  readonly #parts: PagesParts
  readonly #landing = new LandingPage()
  readonly #endpoints: readonly EndpointPages[]
  readonly #site: StaticSite | undefined

  constructor(parts: PagesParts) {
    this.#parts = parts
    const { config, domain, endpoints } = parts
    if (domain.site && config.site) this.#site = new StaticSite(domain.site, config.mode !== 'production')
    const shared = {
      landing: this.#landing,
      exampleOperations: domain.exampleOperations,
      demoViewers: (request: IncomingMessage, audience: Audience | undefined) => this.#demoViewers(request, audience),
      others: endpoints.flatMap(({ audience, config: { landingPage } }) =>
        audience && landingPage ? [{ path: `/${audience.name}/`, about: audience.about }] : [],
      ),
      site: () => this.#shownSite(),
    }
    this.#endpoints = endpoints.map((endpoint) => new EndpointPages(endpoint, shared))
  }

  /** Undefined where the request is for no page, or for one that is switched off. */
  handlerFor(path: string, request: IncomingMessage): PageHandler | undefined {
    const site = this.#site
    if (site?.holds(path) && this.#shownSite()) return (...exchange) => this.#answerSite(site, path, ...exchange)
    if (!isRead(request.method)) return undefined
    if (path === demoViewersPath) return (...exchange) => this.#tellDemoViewers(...exchange)
    for (const endpoint of this.#endpoints) {
      const page = endpoint.handlerFor(path, request)
      if (page) return page
    }
    return undefined
  }

  async #answerSite(
    site: StaticSite,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Refusal | undefined> {
    if (!isRead(request.method)) {
      return { code: 'METHOD_NOT_ALLOWED', message: 'Files are here to be read.', headers: { allow: 'GET, HEAD' } }
    }
    if (site.isBuilt) return site.answer(path, request, response)
    const { name, buildWith } = site.settings
    if (!isForPeople(request)) return { code: 'NOT_FOUND', message: `${name} is not built yet: ${buildWith}` }
    const { nonce, policy } = plainPolicy()
    return sendPage(response, await this.#landing.unbuiltSite({ nonce, site: site.settings }), policy, 404)
  }

  /** In production a site that is not built is not mentioned. */
  #shownSite() {
    if (!this.#site) return undefined
    const { isBuilt, settings } = this.#site
    return isBuilt || this.#parts.config.mode !== 'production' ? { ...settings, isBuilt } : undefined
  }

  async #demoViewers({ headers }: IncomingMessage, audience?: Audience): Promise<DemoViewers> {
    const { demoViewers } = this.#parts
    if (!demoViewers) return []
    if (!isLoopbackHost(headers.host)) return 'withheld'
    const all = await demoViewers()
    return audience ? all.filter(({ kind }) => audience.viewers.includes(kind)) : all
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
    response.setHeader('content-type', 'application/json; charset=utf-8')
    sendBody(response, JSON.stringify(viewers.map(({ name, label, token }) => ({ name, label, token }))))
    return undefined
  }
}

/** From the browser's headers. A request without them is from a program, and not from a page. */
function isFromElsewhere({ headers: { host, origin, 'sec-fetch-site': site = 'none' } }: IncomingMessage): boolean {
  if (origin !== undefined && URL.parse(origin)?.host !== host) return true
  return site !== 'same-origin' && site !== 'none'
}
