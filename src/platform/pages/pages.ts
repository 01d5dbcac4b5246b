import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Config } from '../config.ts'
import type { Domain } from '../domain.ts'
import { graphqlPath } from '../graphql-server.ts'
import { isLoopbackHost } from '../http/loopback-host.ts'
import { editorPolicy, plainPolicy } from '../http/security-headers.ts'
import { GraphiQLPage } from './graphiql.ts'
import { LandingPage } from './landing.ts'
import type { DemoViewer, DemoViewers } from './page.ts'

export interface PagesParts {
  config: Config
  schema: GraphQLSchema
  domain: Domain
  /** Whom the pages offer to run as; development only. */
  demoViewers?: () => Promise<readonly DemoViewer[]>
}

const landingPath = '/'
const schemaPath = '/schema.graphql'

const signInFirst = { query: '# Put a token or API key into the bar above first.\n{\n  __typename\n}\n' }

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** What is here to be read by people, in a browser, and the contract as a file. Programs get none of the pages. */
export class Pages {
  readonly #parts: PagesParts
  readonly #landing = new LandingPage()
  readonly #graphiql: GraphiQLPage
  #contract: Promise<string> | undefined

  constructor(parts: PagesParts) {
    this.#parts = parts
    // Without a credential nothing is told of the schema, also not by examples.
    const isOpen = parts.config.graphiql === true
    this.#graphiql = new GraphiQLPage(isOpen ? parts.domain.exampleOperations : [signInFirst])
  }

  /** Undefined where this is no request for a page, or for one that is switched off. */
  answerTo(path: string, request: IncomingMessage): Answer | undefined {
    const { graphiql, landingPage, introspection } = this.#parts.config
    if (request.method !== 'GET') return undefined
    if (path === schemaPath) return introspection ? (_request, response) => this.#showContract(response) : undefined
    if (!request.headers.accept?.includes('text/html')) return undefined
    if (path === landingPath && landingPage) return (...exchange) => this.#showLanding(...exchange)
    if (path === graphqlPath && graphiql) return (...exchange) => this.#showGraphiQL(...exchange)
    return undefined
  }

  async #showLanding(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version, mode, graphiql, introspection } = this.#parts.config
    const { nonce, policy } = plainPolicy()
    const page = await this.#landing.html({
      nonce,
      origin: request.headers.host ? `http://${request.headers.host}` : '',
      // Who runs what is nobody's business in production.
      version: mode === 'production' ? undefined : version,
      paths: {
        graphql: graphqlPath,
        graphiql: graphiql === false ? undefined : graphqlPath,
        schema: introspection ? schemaPath : undefined,
      },
      viewers: await this.#demoViewers(request),
    })
    send(response, page, policy)
  }

  async #showGraphiQL(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { graphiql, landingPage, introspection } = this.#parts.config
    const { nonce, policy } = editorPolicy()
    const links = [
      ...(introspection ? [{ href: schemaPath, name: 'Schema' }] : []),
      ...(landingPage ? [{ href: landingPath, name: 'Start page' }] : []),
    ]
    const credential = graphiql === 'signed-in' ? 'token' : await this.#demoViewers(request)
    send(response, await this.#graphiql.html({ nonce, links, credential }), policy)
  }

  async #demoViewers({ headers }: IncomingMessage): Promise<DemoViewers> {
    const { demoViewers } = this.#parts
    if (!demoViewers) return []
    return isLoopbackHost(headers.host) ? demoViewers() : 'withheld'
  }

  async #showContract(response: ServerResponse): Promise<void> {
    this.#contract ??= import('../print-contract.ts').then(({ printContract }) => printContract(this.#parts.schema))
    // As text, so that browsers show it.
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(await this.#contract)
  }
}

function send(response: ServerResponse, page: string, policy: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(page)
}
