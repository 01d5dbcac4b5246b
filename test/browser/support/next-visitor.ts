import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { desktop, requestsOutside } from './chromium.ts'

/** A visitor of the app on Next.js, with an empty browser profile. */
export class NextVisitor implements AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors on the pages, and their requests to elsewhere. */
  readonly problems: string[]
  /** The bodies of all responses. */
  readonly received: Promise<string>[] = []

  private constructor(context: BrowserContext, page: Page, problems: string[]) {
    this.context = context
    this.page = page
    this.problems = problems
    context.on('response', (response) => {
      // A redirect has none.
      this.received.push(response.text().catch(() => ''))
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text())
    })
  }

  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<NextVisitor> {
    const context = await browser.newContext({ viewport: desktop, baseURL: url, ...options })
    const problems = requestsOutside(context, url)
    return new NextVisitor(context, await context.newPage(), problems)
  }

  async enterToken(token: string): Promise<void> {
    await this.page.goto('/sign-in')
    await this.page.getByLabel('Access token').fill(token)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
  }

  /** As somebody who may create products. */
  async signIn(token: string): Promise<void> {
    await this.enterToken(token)
    await this.page.getByRole('link', { name: 'New product' }).waitFor()
  }

  /** Opens the form from the list, and fills in all of it. */
  async fillIn(sku: string, name: string): Promise<void> {
    await this.page.getByRole('link', { name: 'New product' }).click()
    await this.page.getByLabel('SKU').fill(sku)
    await this.page.getByLabel('Name').fill(name)
    await this.page.getByLabel('Price').fill('12.50')
    await this.page.getByLabel('Category').selectOption('Beverages')
    await this.page.getByLabel('Supplier').selectOption({ index: 1 })
  }

  create(): Promise<void> {
    return this.page.getByRole('button', { name: 'Create' }).click()
  }

  sees(text: string): Promise<void> {
    return this.page.getByText(text).waitFor()
  }

  /** Waits until the list has this product. */
  seesProduct(sku: string): Promise<void> {
    return this.page.getByRole('cell', { name: sku }).waitFor()
  }

  skus(): Promise<string[]> {
    return this.page.locator('tbody td:first-child').allTextContents()
  }

  /** What is wrong with these fields. */
  faults(labels: readonly string[]): Promise<(string | null | undefined)[]> {
    return Promise.all(
      labels.map(async (label) => {
        const id = await this.page.getByLabel(label).getAttribute('aria-describedby')
        return id === null ? undefined : this.page.locator(`[id="${id}"]`).textContent()
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Bodies cannot be read after their page has gone.
    await Promise.all(this.received)
    await this.context.close()
  }
}
