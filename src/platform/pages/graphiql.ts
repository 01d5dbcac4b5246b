import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExampleOperation } from '../domain.ts'
import { escapeHtml } from '../http/escape-html.ts'
import type { DemoViewers, PageLink } from './page.ts'

interface Rendering {
  nonce: string
  links: readonly PageLink[]
  /** The credential to send: that of a demo viewer, or one that the person enters. */
  credential: DemoViewers | 'token'
}

const head = '<meta charset="utf-8" />'
const root = '<div id="root"></div>'
const script = '<script>'

/**
 * GraphiQL as one page that loads nothing else, below a bar that chooses the viewer and shows the cost of the last
 * operation. Its scripts carry the nonce of the response's content security policy.
 */
export class GraphiQLPage {
  readonly #examples: readonly ExampleOperation[]
  /** The parts before the bar, between it and the page's script, and after; rendered and encoded once. */
  #parts: Promise<Parts> | undefined

  constructor(examples: readonly ExampleOperation[]) {
    this.#examples = examples
  }

  async html({ nonce, links, credential }: Rendering): Promise<Buffer> {
    this.#parts ??= this.#render()
    const { before, between, after, code } = await this.#parts
    const bar = `<header id="bar">${chooser(credential)}<output id="cost"></output>${links.map(anchor).join('')}</header>`
    const withCode = Buffer.from(`${bar}<script nonce="${nonce}">${code}</script>`)
    return Buffer.concat([before, withCode, between, Buffer.from(`<script nonce="${nonce}">`), after])
  }

  /** Loaded on first use: it is nine megabytes. */
  async #render(): Promise<Parts> {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    const defaultTabs = this.#examples.map(({ query, variables }) => ({ query, variables: variables ?? null }))
    const page = renderGraphiQL({ title: 'Frontdoor GraphiQL', defaultTabs, shouldPersistHeaders: false })
    const [style, code] = await Promise.all([readPart('graphiql.css'), readPart('graphiql.js')])
    const charset = page.indexOf(head)
    const bar = page.indexOf(root)
    const main = page.indexOf(script, bar)
    if (charset < 0 || bar < 0 || main < 0) throw new Error('the page of GraphiQL has another shape than it had')
    const viewport = `${head}<meta name="viewport" content="width=device-width, initial-scale=1" />`
    return {
      before: Buffer.from(
        `${page.slice(0, charset)}${viewport}${page.slice(charset + head.length, bar)}<style>${style}</style>`,
      ),
      between: Buffer.from(page.slice(bar, main)),
      after: Buffer.from(page.slice(main + script.length)),
      code,
    }
  }
}

interface Parts {
  before: Buffer
  between: Buffer
  after: Buffer
  /** The script of the bar. */
  code: string
}

function readPart(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, name), 'utf8')
}

function chooser(credential: DemoViewers | 'token'): string {
  if (credential === 'token') {
    return '<label>Token <input id="token" type="password" autocomplete="off" placeholder="kept by this page alone"></label>'
  }
  if (credential === 'withheld') {
    return '<span>To run as a demo viewer, open this page at localhost: their tokens are given to no other host name.</span>'
  }
  if (credential.length === 0) return ''
  const options = credential.map(
    ({ label, token }) => `<option value="${escapeHtml(token)}">${escapeHtml(label)}</option>`,
  )
  return `<label>Run as <select id="viewer"><option value="">nobody (anonymous)</option>${options.join('')}</select></label>`
}

function anchor({ href, name }: PageLink): string {
  return `<a href="${escapeHtml(href)}">${escapeHtml(name)}</a>`
}
