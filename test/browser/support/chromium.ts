import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((candidate) => existsSync(candidate))

/** Why nothing can be shown in a browser here; undefined where it can. */
export const reasonToSkip = path === undefined ? 'there is no Chromium: apt-get install chromium' : undefined

export function openChromium(): Promise<Browser> {
  const args = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  // It has no sandbox for root, as whom containers run.
  return chromium.launch({ executablePath: path, args, chromiumSandbox: process.getuid?.() !== 0 })
}

/** The addresses the pages ask for, outside of this origin; they are answered by nobody. */
export async function blockedOutside(context: BrowserContext, origin: string): Promise<string[]> {
  const asked: string[] = []
  await context.route('**/*', (route) => {
    const url = route.request().url()
    if (new URL(url).origin === origin) return route.continue()
    asked.push(url)
    return route.abort()
  })
  return asked
}

const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** What keeps people from using this part of a page: the rules of axe that it breaks seriously or worse. */
export async function seriousFaults(page: Page, part: string, without: readonly string[] = []): Promise<unknown> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe)
  const context = JSON.stringify({ include: [part], exclude: without })
  // What passes is not worked out in full.
  const options = JSON.stringify({ resultTypes: ['violations'] })
  return page.evaluate(`axe.run(${context}, ${options}).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`)
}

/** Where pictures of the pages are kept for people to look at; a run writes over those of the one before. */
export const artifacts = join(import.meta.dirname, '../../../test-artifacts')

/** As far as the page is long, named after what it shows and how wide it is. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const width = page.viewportSize()?.width
  await page.screenshot({ path: join(artifacts, `${name}-${width}.png`), fullPage: true, animations: 'disabled' })
}
