import { glob, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Locator, Page, Request } from 'playwright-core'
import { z } from 'zod'
import { buildStorefront, storefront } from '../../../scripts/storefront-build.ts'
import type { World } from '../../support/world.ts'
import { desktop, requestsOutside } from './chromium.ts'

/** Builds the shop, unless the build is newer than all of its sources. */
export async function requireBuilt(): Promise<void> {
  const built = await changedAt(join(storefront.site, 'index.html'))
  const contract = join(storefront.sources, '../../schema.graphql')
  const sources = glob('{*,src/**/*,public/*}', {
    cwd: storefront.sources,
    exclude: (name) => ['dist', 'node_modules', 'gql'].includes(name),
  })
  const times = await Promise.all(
    [contract, ...(await Array.fromAsync(sources, (name) => join(storefront.sources, name)))].map(changedAt),
  )
  if (times.every((time) => time < built)) return
  await buildStorefront({ quietly: true })
}

const manifest = z.record(z.string(), z.string())
const body = z.looseObject({ documentId: z.string().optional() })

interface NamedOperation {
  kind: string
  name: string
}

/** The shop's operations, by the ids it sends instead of documents. */
export async function operationNames(): Promise<ReadonlyMap<string, NamedOperation>> {
  const documents = manifest.parse(JSON.parse(await readFile(storefront.manifest, 'utf8')))
  return new Map(
    Object.entries(documents).map(([id, text]) => {
      const [, kind = '', name = 'unnamed'] = /\b(query|mutation|subscription) (\w+)/.exec(text) ?? []
      return [id, { kind, name }]
    }),
  )
}

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

/** A visitor of the shop, with an empty browser profile. */
export class Visitor implements AsyncDisposable {
  readonly page: Page
  /** The operations that the pages have sent, in order. */
  readonly operations: string[] = []
  /** The streams that the pages have opened, in order. */
  readonly streams: string[] = []
  /** Errors on the pages, and their requests to elsewhere. */
  readonly problems: string[]

  private constructor(page: Page, problems: string[], names: ReadonlyMap<string, NamedOperation>) {
    this.page = page
    this.problems = problems
    page.on('request', (request) => {
      if (!new URL(request.url()).pathname.endsWith('/graphql')) return
      const id = documentIdIn(request)
      const { kind, name } = names.get(id) ?? { kind: 'unknown', name: `unknown: ${id}` }
      const list = kind === 'subscription' ? this.streams : this.operations
      list.push(name)
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
    })
  }

  /** Signs in as a demo viewer, or stays anonymous. */
  static async at(browser: Browser, world: World, viewer?: string): Promise<Visitor> {
    const context = await browser.newContext({ viewport: desktop, baseURL: world.url, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    const problems = requestsOutside(context, world.url)
    const visitor = new Visitor(await context.newPage(), problems, await operationNames())
    if (viewer) await visitor.signIn(viewer)
    return visitor
  }

  /** Records from here on. */
  async operationsOf(act: () => Promise<unknown>): Promise<string[]> {
    const before = this.operations.length
    await act()
    return this.operations.slice(before)
  }

  async signIn(name: string): Promise<void> {
    // Goes to a page without operations.
    await this.page.goto('/shop/sign-in?next=/nowhere')
    await this.page.getByRole('button', { name: new RegExp(`^${name}\\b`) }).click()
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor()
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** The page with this name, once it is there. */
  async seesPage(title: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: title }).waitFor()
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByRole('main').getByText(text).first().waitFor()
  }

  async putIntoBasket(sku: string, quantity = 1): Promise<void> {
    await this.open(`/products/${sku}`)
    await this.page.getByLabel('Quantity').fill(String(quantity))
    await this.button('Add to basket').click()
    await this.page
      .getByText(/in your basket/)
      .first()
      .waitFor()
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`/shop${path}`)
    await this.settled()
  }

  /** Waits until it has a heading, and no placeholder. */
  async settled(): Promise<void> {
    await this.page.getByRole('heading', { level: 1 }).waitFor()
    await this.page.locator('main :is(.skeleton, [aria-busy=true])').first().waitFor({ state: 'hidden' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
  }
}

function documentIdIn(request: Request): string {
  const text = request.postData()
  if (text !== null) return body.parse(JSON.parse(text)).documentId ?? text
  return new URL(request.url()).searchParams.get('documentId') ?? request.url()
}
