import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's Chromium, without windows if possible: the headless shell takes half the CPU. */
const path = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((candidate) => existsSync(candidate))

/** Why no browser can run here; undefined where it can. */
export const reasonToSkip =
  path === undefined ? 'there is no Chromium: apt-get install chromium-headless-shell' : undefined

export const phone = { width: 390, height: 844 }
export const desktop = { width: 1280, height: 800 }

/** It resolves no other host, so requests to outside fail. */
export function openChromium(): Promise<Browser> {
  const args = [
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // All pages are this project's own and of few origins, so they may share processes.
    '--process-per-site',
    '--renderer-process-limit=2',
  ]
  // Root has no sandbox, and containers run as root.
  return chromium.launch({ executablePath: path, args, chromiumSandbox: process.getuid?.() !== 0 })
}

/** The URLs outside of this origin that pages request from here on. */
export function requestsOutside(context: BrowserContext, origin: string): string[] {
  const asked: string[] = []
  context.on('request', (request) => {
    const { origin: other, href, protocol } = new URL(request.url())
    if (protocol !== 'data:' && other !== origin) asked.push(href)
  })
  return asked
}

const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Violations of axe's rules in this part of a page, serious or worse. */
export async function seriousFaults(page: Page, part: string, without: readonly string[] = []): Promise<unknown> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe)
  const context = JSON.stringify({ include: [part], exclude: without })
  // Leaves out the details of passed rules.
  const options = JSON.stringify({ resultTypes: ['violations'] })
  return page.evaluate(`axe.run(${context}, ${options}).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`)
}

/** The folder with pictures of the pages, for people to look at. A run overwrites the pictures of the last one. */
export const artifacts = join(import.meta.dirname, '../../../test-artifacts')

/** A picture of the whole page, named after its content and width; JPEG, which costs less CPU than PNG. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const width = page.viewportSize()?.width
  await page.screenshot({ path: join(artifacts, `${name}-${width}.jpeg`), fullPage: true, animations: 'disabled' })
}
