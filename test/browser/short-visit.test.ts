import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { openChromium, reasonToSkip, requestsOutside } from './support/chromium.ts'
import { requireBuilt, Visitor } from './support/storefront.ts'

// A short visit to GraphiQL and one to the shop. pages.test.ts and storefront.test.ts have every page and the whole
// story.

if (reasonToSkip) console.warn(`test/browser/short-visit.test.ts is skipped: ${reasonToSkip}`)

describe.skipIf(reasonToSkip)('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  let world: World
  beforeAll(async () => {
    ;[browser] = await Promise.all([openChromium(), requireBuilt()])
    // With the settings of `npm start`: the server finds the manifest of the build by itself.
    world = await createWorld()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  it('GraphiQL opens from the start page, loads nothing from outside, and runs an operation as the chosen viewer', async () => {
    const context = await browser.newContext()
    const outside = requestsOutside(context, world.url)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(world.url)
    await page.getByText('customer ALFKI').click()
    await page.getByRole('link', { name: 'Run as them' }).click()
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await page.locator('.graphiql-response', { hasText: '"totalCount"' }).waitFor()
    expect(await page.getByLabel('Run as').locator('option:checked').textContent()).toContain('ALFKI')
    expect([outside, problems]).toEqual([[], []])
    await context.close()
  })

  it('the shop shows its products and sells one to a signed-in customer, with one operation for each page and one for reviews', async () => {
    await using visitor = await Visitor.at(browser, world)
    await visitor.open('/')
    expect(await visitor.page.getByRole('list', { name: 'Products' }).getByRole('listitem').count()).toBe(12)
    await visitor.signIn('customer ALFKI')
    await visitor.putIntoBasket('NW-0003')
    await visitor.open('/checkout')
    await visitor.button('Place the order').click()
    await visitor.seesPage(/^Order \d+$/)
    await visitor.sees('Waiting for payment')
    expect(visitor.operations).toEqual(['Catalogue', 'SignIn', 'Product', 'Reviews', 'Checkout', 'OrderPlace'])
    expect(visitor.problems).toEqual([])
    expect(await world.client.order.count({ where: { number: 11_078 } })).toBe(1)
  })
})
