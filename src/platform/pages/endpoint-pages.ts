import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Config } from '../config/config.ts'
import type { Audience, ExampleOperation, Site } from '../domain.ts'
import { graphqlPathOf, restPathOf } from '../http/exchange.ts'
import type { PageHandler } from '../http/front.ts'
import { editorPolicy, plainPolicy } from '../http/security-headers.ts'
import { chooseEncoding, sendBody } from '../http/whole-body.ts'
import type { OpenApi } from '../rest/open-api.ts'
import { apiReference } from './api-reference.ts'
import { GraphiQLPage } from './graphiql.ts'
import type { LandingPage } from './landing.ts'
import { type DemoViewers, isForPeople, type PageLink, sendPage } from './page.ts'
import { PlainDocument } from './plain-document.ts'

/** An endpoint with pages of its own. */
export interface PagedEndpoint {
  config: Config
  schema: GraphQLSchema
  /** Whom it is for; without it, it is the back office's. */
  audience?: Audience & { name: string }
  /** Its named operations, where it serves some over REST. */
  openApi?: OpenApi | undefined
}

/** What the pages of all endpoints share. */
interface Shared {
  landing: LandingPage
  exampleOperations: readonly ExampleOperation[]
  /** The demo viewers of the endpoint that this reader may have. */
  demoViewers: (request: IncomingMessage, audience: Audience | undefined) => Promise<DemoViewers>
  /** What the start page of the back office also links to. */
  others: readonly { path: string; about: string }[]
  site: () => (Site & { isBuilt: boolean }) | undefined
}

const signInFirst = { query: '# Put a token or API key into the bar above first.\n{\n  __typename\n}\n' }

/** The start page of an endpoint, its GraphiQL, and its contract as a file. */
export class EndpointPages {
  readonly #endpoint: PagedEndpoint
  readonly #shared: Shared
  readonly #graphiql: GraphiQLPage
  readonly #paths: { landing: string; graphql: string; schema: string; api: string; openApi: string }
  readonly #reference = new PlainDocument()
  #contract: Promise<string> | undefined

  constructor(endpoint: PagedEndpoint, shared: Shared) {
    this.#endpoint = endpoint
    this.#shared = shared
    const { config, audience } = endpoint
    // Without a credential the page shows nothing of the schema, and so no examples.
    const examples = audience?.exampleOperations ?? shared.exampleOperations
    this.#graphiql = new GraphiQLPage(config.graphiql === true ? examples : [signInFirst])
    const folder = audience ? `/${audience.name}` : ''
    this.#paths = {
      landing: `${folder}/`,
      graphql: graphqlPathOf(audience?.name),
      schema: `${folder}/schema.graphql`,
      api: `${restPathOf(audience?.name)}/`,
      openApi: `${restPathOf(audience?.name)}/openapi.json`,
    }
  }

  /** Undefined where the request is for no page, or for one that is switched off. */
  handlerFor(path: string, request: IncomingMessage): PageHandler | undefined {
    const { graphiql, landingPage, introspection } = this.#endpoint.config
    const { landing, graphql, schema, api, openApi } = this.#paths
    if (path === schema) return introspection ? (...exchange) => this.#showContract(...exchange) : undefined
    const described = introspection ? this.#endpoint.openApi : undefined
    if (described && path === openApi) return (...exchange) => this.#showOpenApi(described, ...exchange)
    if (!isForPeople(request)) return undefined
    if (described && path === api) return (...exchange) => this.#showReference(described, ...exchange)
    if (path === landing && landingPage) return (...exchange) => this.#showLanding(...exchange)
    if (path === graphql && graphiql) return (...exchange) => this.#showGraphiQL(...exchange)
    return undefined
  }

  async #showLanding(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const { config, audience } = this.#endpoint
    const { version, mode, graphiql, introspection } = config
    const { landing, others, site } = this.#shared
    const { graphql, schema, api } = this.#paths
    const { nonce, policy } = plainPolicy()
    const page = await landing.html({
      nonce,
      audience,
      origin: request.headers.host ? `http://${request.headers.host}` : '',
      // In production the page does not reveal the version.
      version: mode === 'production' ? undefined : version,
      paths: {
        graphql,
        graphiql: graphiql === false ? undefined : graphql,
        schema: introspection ? schema : undefined,
        api: introspection && this.#endpoint.openApi ? api : undefined,
      },
      limits: config.limits,
      viewers: await this.#demoViewers(request),
      site: audience ? undefined : site(),
      // In production the page says no more than that an API is here.
      others: audience || mode === 'production' ? [] : others,
    })
    return sendPage(response, page, policy)
  }

  async #showGraphiQL(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const { graphiql, landingPage, introspection } = this.#endpoint.config
    const { landing, schema } = this.#paths
    const { nonce, policy } = editorPolicy()
    const links: PageLink[] = [
      ...(introspection ? [{ href: schema, name: 'Schema' }] : []),
      ...(landingPage ? [{ href: landing, name: 'Start page' }] : []),
    ]
    const viewers = await this.#demoViewers(request)
    const credential = graphiql === 'signed-in' || viewers.length === 0 ? 'token' : viewers
    return sendPage(response, await this.#graphiql.html({ nonce, links, credential }), policy)
  }

  #demoViewers(request: IncomingMessage): Promise<DemoViewers> {
    return this.#shared.demoViewers(request, this.#endpoint.audience)
  }

  async #showContract(request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    this.#contract ??= import('../graphql/print-contract.ts').then(({ printContract }) =>
      printContract(this.#endpoint.schema),
    )
    // As text, so that browsers display it.
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    this.#sendFile(request, response, await this.#contract)
    return undefined
  }

  async #showOpenApi(described: OpenApi, request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    this.#sendFile(request, response, JSON.stringify(described))
    return undefined
  }

  async #showReference(described: OpenApi, _request: IncomingMessage, response: ServerResponse): Promise<undefined> {
    const { nonce, policy } = plainPolicy()
    return sendPage(response, await this.#reference.html(described.info.title, nonce, apiReference(described)), policy)
  }

  #sendFile(request: IncomingMessage, response: ServerResponse, text: string): void {
    const { compression } = this.#endpoint.config.transport
    sendBody(response, text, compression ? chooseEncoding(request, response, text) : undefined)
  }
}
