import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's, as a program without windows or with; the first takes half the work. */
const path = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((candidate) => existsSync(candidate))

/** Why nothing can be shown in a browser here; undefined where it can. */
export const reasonToSkip =
  path === undefined ? 'there is no Chromium: apt-get install chromium-headless-shell' : undefined

export const phone = { width: 390, height: 844 }
export const desktop = { width: 1280, height: 800 }

/** It finds no other machine: whatever a page asks for outside of this one is answered by nobody. */
export function openChromium(): Promise<Browser> {
  const args = [
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // All pages are of our own making and of few origins: they may share what runs them.
    '--process-per-site',
    '--renderer-process-limit=2',
  ]
  // It has no sandbox for root, as whom containers run.
  return chromium.launch({ executablePath: path, args, chromiumSandbox: process.getuid?.() !== 0 })
}

/** The addresses outside of this origin that pages ask for from here on. */
export function requestsOutside(context: BrowserContext, origin: string): string[] {
  const asked: string[] = []
  context.on('request', (request) => {
    const { origin: other, href, protocol } = new URL(request.url())
    if (protocol !== 'data:' && other !== origin) asked.push(href)
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

/** As far as the page is long, named after what it shows and how wide it is; as JPEG, which is made with less work than PNG. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const width = page.viewportSize()?.width
  await page.screenshot({ path: join(artifacts, `${name}-${width}.jpeg`), fullPage: true, animations: 'disabled' })
}
