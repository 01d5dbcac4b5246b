import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../prisma/demo/ids.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { gauge } from '../platform/events/support/stream.ts'
import { createWorld, type World } from '../support/world.ts'
import {
  desktop,
  keepPicture,
  openChromium,
  phone,
  reasonToSkip,
  requestsOutside,
  seriousFaults,
} from './support/chromium.ts'

if (reasonToSkip) console.warn(`test/browser/pages.test.ts is skipped: ${reasonToSkip}`)

/** Accessibility violations of GraphiQL itself: its tabs contain buttons, and the editor has its own colours. */
const notOurs = ['.graphiql-tab', '.monaco-editor']

describe.skipIf(reasonToSkip)('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  let world: World
  beforeAll(async () => {
    ;[browser, world] = await Promise.all([openChromium(), createWorld({ env: { RATE_LIMIT_CAPACITY: '50000' } })])
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  /** A page with an empty profile, and the errors on it. */
  const newPage = async (viewport = desktop, colorScheme: 'light' | 'dark' = 'light', origin = world.url) => {
    const context = await browser.newContext({ viewport, colorScheme })
    const outside = requestsOutside(context, origin)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    return { page, outside, problems }
  }

  it.each([
    ['phone', 'light', phone],
    ['desktop', 'dark', desktop],
  ] as const)('the start page fits a %s in %s, and can be used by all', async (_what, scheme, viewport) => {
    const { page, outside, problems } = await newPage(viewport, scheme)
    await page.goto(world.url)
    await page.locator('summary').first().click()
    expect(await seriousFaults(page, 'html')).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
    expect([outside, problems]).toEqual([[], []])
    await keepPicture(page, 'start-page')
    await page.context().close()
  })

  it('GraphiQL loads nothing from outside, runs an operation as the chosen viewer, and shows its cost', async () => {
    const { page, outside, problems } = await newPage()
    await page.goto(world.url)
    await page.getByText('customer ALFKI').click()
    await page.getByRole('link', { name: 'Run as them' }).click()
    await page.getByRole('button', { name: /^Execute query/ }).waitFor()
    expect(await page.getByLabel('Run as').locator('option:checked').textContent()).toContain('ALFKI')

    await page.getByLabel('Run as').selectOption({ index: 2 })
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await page.locator('.graphiql-response', { hasText: '"totalCount"' }).waitFor()
    // The bucket of the viewer: an anonymous one is smaller.
    expect(await page.locator('#cost').textContent()).toMatch(
      /^Cost: \d+ requested, \d+ actual, 49,\d{3} of 50,000 left$/,
    )
    for (const viewport of [desktop, phone]) {
      await page.setViewportSize(viewport)
      expect(await seriousFaults(page, 'html', notOurs)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      await keepPicture(page, 'graphiql')
    }
    expect([outside, problems]).toEqual([[], []])
    await page.context().close()
  })

  it('GraphiQL shows the events of a subscription as they happen', async () => {
    const { page, outside, problems } = await newPage()
    await page.goto(`${world.url}/graphql`)
    await page.getByRole('button', { name: /^Execute query/ }).waitFor()
    await page.locator('.graphiql-tab-button', { hasText: 'OrdersLive' }).press('Enter')
    await page.locator('.graphiql-query-editor', { hasText: 'ordersChanged' }).waitFor()
    const labels = await page.getByLabel('Run as').locator('option').allTextContents()
    await page.getByLabel('Run as').selectOption({ index: labels.findIndex((label) => label.includes('support')) })
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(1)
    await world.as('customer ALFKI').query(
      `mutation { orderPlace(input: { idempotencyKey: "graphiql", shipTo: { recipient: "R", street: "S", city: "C", country: "DE" }
        lines: [{ productId: "${encodeId('Product', demoId('product', '6'))}", quantity: 1 }] }) { replayed } }`,
    )
    await page.locator('.graphiql-response', { hasText: 'ORDER_PLACED' }).waitFor()
    expect([outside, problems]).toEqual([[], []])
    await page.context().close()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(0)
  })

  it('GraphiQL with GRAPHIQL=signed-in sends nothing before it has a token, and stores none', async () => {
    await using guarded = await createWorld({ data: 'empty', env: { GRAPHIQL: 'signed-in' } })
    const { page, problems } = await newPage(desktop, 'light', guarded.url)
    const sent: (string | undefined)[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.headers().authorization)
    })
    await page.goto(`${guarded.url}/graphql`)
    await page.getByRole('button', { name: /^Execute query/ }).waitFor()
    expect(await page.evaluate("fetch('/graphql', { method: 'POST', body: '{}' }).then(({ status }) => status)")).toBe(
      401,
    )
    expect(sent).toEqual([])

    const token = await guarded.tokenFor('support')
    await page.getByLabel('Token').fill(token)
    const answered = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.getByLabel('Token').press('Enter')
    expect((await answered).status()).toBe(200)
    expect(new Set(sent)).toEqual(new Set([`Bearer ${token}`]))
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(token)
    expect(problems).toEqual([])
    await page.context().close()
  })
})
