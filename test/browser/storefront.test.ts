import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storefront } from '../../scripts/storefront-build.ts'
import { createWorld, type World } from '../support/world.ts'
import { artifacts, keepPicture, openChromium, reasonToSkip, seriousFaults } from './support/chromium.ts'
import { desktop, phone, requireBuilt, Visitor } from './support/storefront.ts'

if (reasonToSkip) console.warn(`test/browser/storefront.test.ts is skipped: ${reasonToSkip}`)

describe.skipIf(reasonToSkip)('the shop', { timeout: 60_000 }, () => {
  let browser: Browser
  let world: World
  let stranger: Visitor
  beforeAll(async () => {
    ;[browser] = await Promise.all([openChromium(), requireBuilt()])
    // Nothing but what the build has listed runs in all of this.
    const env = { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: storefront.manifest }
    world = await createWorld({ env })
    stranger = await Visitor.at(browser, world)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await world?.close()
    console.log(`Pictures of the pages: ${artifacts}`)
  })

  /** What any page must be: no more than it needs is asked for, and people can use it at both widths. */
  async function expectGoodPage(visitor: Visitor, name: string, path: string, sent: string[], statements: number) {
    const { page } = visitor
    const ran = await world.statementsOf(async () => {
      expect(await visitor.operationsOf(() => visitor.open(path))).toEqual(sent)
    })
    expect(ran).toHaveLength(statements)
    for (const viewport of [phone, desktop]) {
      await page.setViewportSize(viewport)
      expect(await seriousFaults(page, 'html')).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      await keepPicture(page, `shop-${name}`)
    }
    expect(visitor.faults).toEqual([])
  }

  describe('to a stranger', () => {
    it.each([
      ['catalogue', '/', ['Catalogue'], 3],
      ['product', '/products/NW-0002', ['Product'], 1],
      ['basket-empty', '/basket', [], 0],
      ['sign-in', '/sign-in', [], 0],
      ['not-found', '/nowhere', [], 0],
    ])('shows the page %s with one operation at most, on a phone and on a desktop', async (...page) => {
      await expectGoodPage(stranger, ...page)
    })

    it('finds by name, category and price, in the order they like, each a single operation', async () => {
      const { page } = stranger
      await stranger.open('/')
      const names = page.getByRole('list', { name: 'Products' }).getByRole('heading')
      const firstIs = (name: string) => names.first().filter({ hasText: name }).waitFor()
      const sent = await stranger.operationsOf(async () => {
        await page.getByLabel('Search by name').fill('ch')
        await page
          .getByText(/^\d+ products$/)
          .filter({ hasNotText: '67' })
          .first()
          .waitFor()
        await page.getByLabel('Sort by').selectOption('Price, highest first')
        await firstIs('Schoggi Schokolade')
      })
      expect(sent).toEqual(['Catalogue', 'Catalogue'])
      await page.getByLabel('Category').selectOption('Confections')
      await page.getByRole('heading', { level: 1, name: 'Confections' }).waitFor()
      await page.getByLabel('Price to').fill('20')
      await firstIs('Chocolade')
      expect(await names.allTextContents()).toEqual(['Chocolade', 'Teatime Chocolate Biscuits'])
      expect(new URL(page.url()).search).toContain('search=ch')
      expect(stranger.faults).toEqual([])
    })

    it('goes on with the list as they scroll: each page is one operation more', async () => {
      const { page } = stranger
      await stranger.open('/')
      const cards = page.getByRole('list', { name: 'Products' }).getByRole('listitem')
      expect(await cards.count()).toBe(12)
      const sent = await stranger.operationsOf(async () => {
        await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded()
        await cards.nth(12).waitFor()
      })
      expect(sent).toEqual(['Catalogue'])
      const rest = await stranger.operationsOf(async () => {
        while (await page.getByRole('button', { name: /^(Show more|Loading)/ }).isVisible()) {
          const count = await cards.count()
          await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded()
          await cards.nth(count).waitFor()
        }
      })
      expect(await cards.count()).toBe(67)
      expect(rest).toHaveLength(4)
      expect(new Set(await cards.getByRole('heading').allTextContents())).toHaveProperty('size', 67)
    })

    it('runs nothing that is not of the build, whoever writes it', async () => {
      await stranger.open('/')
      const answer = await stranger.page.evaluate(`fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ products { totalCount } }' }),
      }).then((response) => response.json())`)
      expect(answer).toMatchObject({ errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] })
      expect(stranger.faults.splice(0)).toEqual([expect.stringContaining('403 (Forbidden)')])
    })
  })
})
