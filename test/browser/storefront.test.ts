import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { storefront } from '../../scripts/storefront-build.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { type ShopWithServices, shopWithServices } from '../commerce/support/remote-services.ts'
import { Issuer } from '../platform/support/issuer.ts'
import { claimsOf } from '../platform/support/token.shop.ts'
import { sign } from '../platform/support/token.ts'
import { createWorld, type World } from '../support/world.ts'
import {
  artifacts,
  desktop,
  keepPicture,
  openChromium,
  phone,
  reasonToSkip,
  seriousFaults,
} from './support/chromium.ts'
import { operationNames, requireBuilt, Visitor } from './support/storefront.ts'

if (reasonToSkip) console.warn(`test/browser/storefront.test.ts is skipped: ${reasonToSkip}`)

/** The server runs the documents of the build only. */
const trusted = { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: storefront.manifest }

describe.skipIf(reasonToSkip)('the shop', { timeout: 60_000 }, () => {
  let browser: Browser
  let shop: ShopWithServices
  let world: World
  let visitors: [Visitor, Visitor, Visitor, Visitor, Visitor]
  let stranger: Visitor
  let alfki: Visitor
  let bonap: Visitor
  let warehouse: Visitor
  let admin: Visitor
  beforeAll(async () => {
    ;[browser] = await Promise.all([openChromium(), requireBuilt()])
    shop = await shopWithServices(trusted)
    world = shop.world
    visitors = await Promise.all([
      Visitor.at(browser, world),
      Visitor.at(browser, world, 'customer ALFKI'),
      Visitor.at(browser, world, 'customer BONAP'),
      Visitor.at(browser, world, 'warehouse'),
      Visitor.at(browser, world, 'admin'),
    ])
    ;[stranger, alfki, bonap, warehouse, admin] = visitors
  }, 120_000)
  afterEach(() => {
    for (const { problems } of visitors) expect(problems).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
    console.log(`Pictures of the pages: ${artifacts}`)
  })

  /**
   * The requirements of every page: it sends one operation, and another for what other services know, and is usable at both
   * widths.
   */
  async function expectGoodPage(visitor: Visitor, name: string, path: string, sent: string[], statements: number) {
    const { page } = visitor
    const ran = await world.statementsOf(async () => {
      expect(await visitor.operationsOf(() => visitor.open(path))).toEqual(sent)
    })
    expect(ran).toHaveLength(statements)
    for (const [viewport, colorScheme] of [
      [phone, 'dark'],
      [desktop, 'light'],
    ] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      expect(await seriousFaults(page, 'html')).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      await keepPicture(page, `shop-${name}`)
    }
  }

  /** A mutation that a member of staff sends from elsewhere, by the same document. */
  async function asAdmin(operation: string, variables: object): Promise<void> {
    const [documentId] = [...(await operationNames())].find(([, { name }]) => name === operation) ?? []
    const answer = await world.fetchGraphQL({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await world.tokenFor('admin')}` },
      body: JSON.stringify({ documentId, variables }),
    })
    expect(await answer.json()).toMatchObject({ data: {} })
  }

  describe('for anonymous visitors', () => {
    it.each([
      ['catalogue', '/', ['Catalogue'], 3],
      ['product', '/products/NW-0002', ['Product', 'Reviews'], 2],
      ['basket-empty', '/basket', [], 0],
      ['sign-in', '/sign-in', [], 0],
      ['not-found', '/nowhere', [], 0],
    ])('shows the page %s with at most one operation, on a phone and on a desktop', async (...page) => {
      await expectGoodPage(stranger, ...page)
    })

    it('shows what customers say, and that nobody has said anything yet', async () => {
      await stranger.open('/products/NW-0005')
      await stranger.sees('Nobody has reviewed this yet.')
      const writtenAt = '2026-11-20T08:00:00Z'
      shop.reviews.reviews.push({ sku: 'NW-0006', author: 'a', rating: 4, text: 'On toast, every day.', writtenAt })
      await stranger.open('/products/NW-0006')
      await stranger.sees('4.0 of 5')
      await stranger.sees('On toast, every day.')
      await keepPicture(stranger.page, 'shop-product-reviews')
    })

    it('searches by name, category and price, in the chosen order, with one operation each', async () => {
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
    })

    it('extends the list as they scroll, with one operation for each page', async () => {
      const { page } = stranger
      await stranger.open('/')
      const cards = page.getByRole('list', { name: 'Products' }).getByRole('listitem')
      expect(await cards.count()).toBe(12)
      const statements = await world.statementsOf(async () => {
        const sent = await stranger.operationsOf(async () => {
          await page.getByRole('button', { name: 'Show more' }).scrollIntoViewIfNeeded()
          await cards.nth(12).waitFor()
        })
        expect(sent).toEqual(['Catalogue'])
      })
      expect(statements).toHaveLength(3)
      const rest = await stranger.operationsOf(async () => {
        await page.getByRole('button', { name: /^(Show more|Loading)/ }).focus()
        for (let count = await cards.count(); count < 67; count = await cards.count()) {
          await page.keyboard.press('End')
          await cards.nth(count).waitFor()
        }
      })
      expect(await cards.count()).toBe(67)
      expect(rest).toHaveLength(4)
      expect(new Set(await cards.getByRole('heading').allTextContents())).toHaveProperty('size', 67)
      // The button disappears, and the keyboard focus must not be lost with it.
      await page.locator(':focus', { hasText: 'That is all.' }).waitFor()
    })

    it('has a production build, without development warnings and without paths of the build machine', async () => {
      const scripts = await Array.fromAsync(glob(join(storefront.site, 'assets/*.js')), (path) =>
        readFile(path, 'utf8'),
      )
      expect(scripts.length).toBeGreaterThan(1)
      for (const script of scripts) expect(script).not.toMatch(/jsxDEV|\/examples\/storefront\//)
    })

    it('runs no foreign script, whoever wrote the content', async () => {
      await stranger.open('/')
      const answer = await stranger.page.evaluate(`fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ products { totalCount } }' }),
      }).then((response) => response.json())`)
      expect(answer).toMatchObject({ errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] })
      expect(stranger.problems.splice(0)).toEqual([expect.stringContaining('403 (Forbidden)')])
    })
  })

  describe('for customers and staff', () => {
    it('sells the last items once: the second buyer gets an error at the line, and the first sees them shipped', async () => {
      // There are four units of it.
      await alfki.putIntoBasket('NW-0074', 4)
      await bonap.putIntoBasket('NW-0003')
      await bonap.putIntoBasket('NW-0074', 4)
      await bonap.open('/checkout')

      await alfki.page.getByRole('link', { name: 'See the basket' }).click()
      await alfki.page.getByRole('link', { name: 'To the checkout' }).click()
      await alfki.button('Place the order').waitFor()
      const placed = await alfki.operationsOf(async () => {
        await alfki.button('Place the order').click()
        await alfki.seesPage(/^Order \d+$/)
        await alfki.sees('Waiting for payment')
      })
      expect(placed).toEqual(['OrderPlace'])
      const order = new URL(alfki.page.url()).pathname.replace('/shop', '')

      await bonap.button('Place the order').click()
      const gone = bonap.page.getByLabel('Quantity of Longlife Tofu')
      await bonap.page.getByRole('main').locator('[aria-invalid=true]').waitFor()
      expect(await gone.getAttribute('aria-invalid')).toBe('true')
      const said = bonap.page.locator(`[id="${await gone.getAttribute('aria-describedby')}"]`)
      expect(await said.textContent()).toBe('None of Longlife Tofu is left.')
      expect(await bonap.page.getByLabel('Quantity of Aniseed Syrup').getAttribute('aria-invalid')).toBeNull()
      await keepPicture(bonap.page, 'shop-checkout-refused')
      await bonap.button('Remove Longlife Tofu').click()
      await gone.waitFor({ state: 'detached' })

      await admin.open(order)
      const paid = await admin.operationsOf(async () => {
        await admin.button('Record the payment').click()
        await admin.button(/^Record \$/).click()
        await admin.sees('Being packed')
      })
      expect(paid).toEqual(['PaymentRecord'])

      await warehouse.open('/staff/orders')
      await warehouse.page.getByRole('link', { name: order.replace('/orders/', 'Order ') }).click()
      await warehouse.button('Ship').click()
      await warehouse.page.getByLabel('Carrier').selectOption({ index: 1 })
      await warehouse.page.getByLabel(/^Tracking number/).fill('TRACK-74')
      const shipped = await warehouse.operationsOf(async () => {
        await warehouse.button('Ship it').click()
        await warehouse.sees('On its way')
      })
      expect(shipped).toEqual(['OrderShip', 'Tracking'])

      const asked = await alfki.operationsOf(() => alfki.sees('On its way'))
      expect([asked.filter((name) => name !== 'Tracking'), alfki.streams.at(-1)]).toEqual([[], 'OrderChanged'])
      await alfki.sees('Tracking number TRACK-74')
      await alfki.sees('(seen on Nov 20, 2026')
      await keepPicture(alfki.page, 'shop-order-shipped')
    })

    it('accepts returned items', async () => {
      await alfki.open('/orders/11011')
      const sent = await alfki.operationsOf(async () => {
        await alfki.button('Return something').click()
        await alfki.page.getByLabel('Quantity of Flotemysost').fill('1')
        await alfki.button('Send it back').click()
        await alfki.sees('Partly sent back')
      })
      expect(sent).toEqual(['OrderReturn'])
      await alfki.sees('20 shipped, 1 sent back')
    })

    it('places one order for a double click, and cancels it while that is allowed', async () => {
      await alfki.putIntoBasket('NW-0003', 2)
      await alfki.open('/checkout')
      const before = await world.client.order.count()
      const sent = await alfki.operationsOf(async () => {
        await alfki.button('Place the order').dblclick()
        await alfki.sees('Waiting for payment')
      })
      expect([sent, await world.client.order.count()]).toEqual([['OrderPlace'], before + 1])

      const cancelled = await alfki.operationsOf(async () => {
        await alfki.button('Cancel the order').click()
        await alfki.button('Cancel the order now').click()
        await alfki.sees('Cancelled')
      })
      expect(cancelled).toEqual(['OrderCancel'])
      await alfki.button('Cancel the order').waitFor({ state: 'detached' })
    })

    it('places one order where the response is lost and the order is sent again', async () => {
      const { page } = bonap
      await bonap.putIntoBasket('NW-0003')
      await bonap.open('/checkout')
      const before = await world.client.order.count()
      await page.route('**/graphql', async (route) => route.fetch().then(() => route.abort()), { times: 1 })
      await bonap.button('Place the order').click()
      await bonap.sees('The shop cannot be reached.')
      expect(await world.client.order.count()).toBe(before + 1)
      await bonap.button('Try again').click()
      await bonap.seesPage(/^Order \d+$/)
      expect(await world.client.order.count()).toBe(before + 1)
      expect(bonap.problems.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')])
    })

    it('gives customers a copy of their data, and changes their consent to offers', async () => {
      const { page } = bonap
      await bonap.page.getByRole('link', { name: 'My data' }).click()
      await bonap.seesPage('My data')
      await bonap.sees('12, rue des Bouchers, 13008 Marseille, France')
      await bonap.button('Make a copy').press('Enter')
      const link = page.getByRole('link', { name: 'Download my data' })
      await link.waitFor()
      const [download] = await Promise.all([page.waitForEvent('download'), link.press('Enter')])
      const files = unzipSync(await readFile(await download.path()))
      expect(Object.keys(files)).toEqual(['data.json', 'data.html'])
      expect(strFromU8(files['data.json'] ?? new Uint8Array())).toContain('12, rue des Bouchers')

      const history = page.getByRole('list', { name: 'When you agreed or withdrew that' }).getByRole('listitem')
      const consent = page.getByRole('checkbox', { name: 'You may tell me of offers' })
      const sent = await bonap.operationsOf(async () => {
        await consent.press('Space')
        await bonap.button('Save').press('Enter')
        await history.first().waitFor()
        await consent.press('Space')
        await bonap.button('Save').press('Enter')
        await history.nth(1).waitFor()
      })
      expect(sent).toEqual(['CustomerConsentSet', 'CustomerConsentSet'])
      expect(await history.allTextContents()).toEqual([
        expect.stringMatching(/^Agreed /),
        expect.stringMatching(/^Withdrawn /),
      ])
      expect(await consent.isChecked()).toBe(false)
    })

    it('erases customers only after a reason and a second step, and takes it back', async () => {
      const { page } = bonap
      await bonap.open('/my-data')
      await bonap.button('Go on to erase my data').press('Enter')
      await bonap.sees('This is needed.')
      expect(await page.locator(':focus').getAttribute('aria-invalid')).toBe('true')
      await page.getByLabel('Why').selectOption('I do not shop here any more')
      await bonap.button('Go on to erase my data').press('Enter')
      await page.locator(':focus', { hasText: 'Are you sure?' }).waitFor()
      await keepPicture(page, 'shop-my-data-sure')
      expect(await world.client.personRequest.count({ where: { kind: 'ERASURE' } })).toBe(0)
      await bonap.button('No, keep my data').press('Enter')
      await page.locator(':focus', { hasText: 'What is erased' }).waitFor()

      await bonap.button('Go on to erase my data').press('Enter')
      const sent = await bonap.operationsOf(async () => {
        await bonap.button('Yes, erase my data').press('Enter')
        await bonap.sees('72 hours later')
        await keepPicture(page, 'shop-my-data-scheduled')
      })
      expect(sent).toEqual(['PersonErase', 'MyData'])
      await bonap.open('/my-data')
      const back = await bonap.operationsOf(async () => {
        await bonap.button('Take it back').press('Enter')
        await bonap.sees('Nothing was erased.')
      })
      expect(back).toEqual(['PersonEraseCancel'])
      await bonap.button('Go on to erase my data').waitFor()
      const states = await world.client.personRequest.findMany({ where: { kind: 'ERASURE' }, select: { state: true } })
      expect(states).toEqual([{ state: 'CANCELLED' }])
    })

    it('lets staff add a product, and merges concurrent changes of two of them', async () => {
      const { page } = admin
      await admin.open('/staff/products/new')
      await page.getByLabel('SKU').fill('NW-0100')
      await page.getByLabel('Name').fill('Quince Jelly')
      await page.getByLabel('Category').selectOption('Condiments')
      await page.getByLabel('Supplier').selectOption({ index: 1 })
      await page.getByLabel('Price in USD').fill('7,50')
      await page.getByLabel('Units in the warehouse').fill('12')
      const created = await admin.operationsOf(async () => {
        await admin.button('Add to the catalogue').click()
        await admin.seesPage('Quince Jelly')
        await admin.sees('$7.50')
      })
      expect(created).toEqual(['ProductCreate', 'Product', 'Reviews'])

      await page.getByRole('link', { name: 'Edit, adjust stock' }).click()
      await page.getByLabel('Name').fill('Quince Jelly, red')
      const { id } = await world.client.product.findUniqueOrThrow({ where: { sku: 'NW-0100' } })
      await asAdmin('ProductUpdate', {
        input: {
          productId: encodeId('Product', id),
          version: 1,
          unitPrice: { amount: '8.00', currency: 'USD' },
          idempotencyKey: 'other',
        },
      })
      const edited = await admin.operationsOf(async () => {
        await admin.button('Save').click()
        const conflict = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this product' })
        await conflict.getByText('Price is now “8.00”.').waitFor()
        await keepPicture(page, 'shop-product-conflict')
        await admin.button('Keep my changes, to save them again').click()
        await admin.button('Save').click()
        await admin.seesPage('Edit Quince Jelly, red')
      })
      expect(await page.getByLabel('Price in USD').inputValue()).toBe('8.00')
      expect(edited).toEqual(['ProductUpdate', 'ProductUpdate'])
    })

    it('lets staff count the stock', async () => {
      await admin.open('/staff/products/NW-0045')
      const onHand = admin.page.locator('dl div', { hasText: 'On hand' }).getByRole('definition')
      expect(await onHand.textContent()).toBe('5')
      await admin.page.getByLabel(/^Units that came/).fill('-2')
      await admin.page.getByLabel('Reason').selectOption('Count')
      const sent = await admin.operationsOf(async () => {
        await admin.button('Adjust the stock').click()
        await onHand.filter({ hasText: '3' }).waitFor()
      })
      expect(sent).toEqual(['StockAdjust'])
    })
  })

  describe('for signed-in viewers', () => {
    // An open order page polls its state; nothing else sends requests meanwhile.
    beforeAll(() => Promise.all([bonap, warehouse].map((visitor) => visitor[Symbol.asyncDispose]())))

    it.each([
      ['my-orders', '/orders', ['Orders'], 1],
      ['order', '/orders/11011', ['Order', 'Tracking'], 3],
      ['my-data', '/my-data', ['MyData'], 3],
      ['basket', '/basket', ['Basket'], 1],
      ['checkout', '/checkout', ['Checkout'], 2],
    ])('shows customers the page %s with one operation', async (...page) => {
      if (page[0] === 'basket') await alfki.putIntoBasket('NW-0003')
      await expectGoodPage(alfki, ...page)
    })

    it.each([
      ['orders-to-ship', '/staff/orders?show=unpaid', ['Orders'], 1],
      ['all-orders', '/orders', ['Orders'], 1],
      ['order-to-ship', '/orders/11077', ['Order'], 3],
      ['product-new', '/staff/products/new', ['ProductNew'], 2],
      ['product-edit', '/staff/products/NW-0003', ['ProductEdit'], 3],
    ])('shows staff the page %s with one operation', (...page) => expectGoodPage(admin, ...page))
  })

  it('shows an erasure as it is done, and nothing of the customer afterwards', async () => {
    await using own = await createWorld({ env: { ...trusted, ERASURE_DELAY_HOURS: '0' } })
    await using customer = await Visitor.at(browser, own, 'customer ALFKI')
    await customer.open('/my-data')
    await customer.sees('Obere Str. 57')
    await customer.page.getByLabel('Why').selectOption('You should not have my data')
    await customer.button('Go on to erase my data').click()
    await customer.button('Yes, erase my data').click()
    await customer.sees(/^We erased your data on /)
    const facts = customer.page.getByRole('region', { name: 'What we hold' })
    await facts.getByText('withheld', { exact: true }).waitFor()
    expect(await facts.getByText('Obere Str. 57').count()).toBe(0)
    await keepPicture(customer.page, 'shop-my-data-erased')
    expect(customer.problems).toEqual([])
  })

  it('works in production, with a token of the issuer', async () => {
    await using issuer = await Issuer.start()
    const signing = await issuer.newKey('one')
    const env = {
      ...trusted,
      NODE_ENV: 'production',
      DRAIN_DELAY_MS: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: 'postgresql://unused',
      AUTH_JWKS_URL: issuer.jwksUrl,
      AUTH_ISSUER: 'https://issuer.example',
      AUTH_AUDIENCE: 'shop',
      CURSOR_SECRET: 'a secret of at least 32 characters',
      SITE: 'true',
    }
    await using production = await createWorld({ env })
    await using customer = await Visitor.at(browser, production)
    await customer.open('/sign-in?next=/orders')
    await customer.page.getByLabel('Access token').fill(await sign(claimsOf(production.config), signing))
    await customer.button('Sign in').click()
    await customer.seesPage('My orders')
    await customer.page.getByRole('link', { name: 'Order 11011' }).click()
    await customer.sees('On its way')
    expect(customer.operations).toEqual(['SignIn', 'Orders', 'Order', 'Tracking'])
    // The operator has named no service that tracks parcels.
    await customer.sees('The carrier does not say right now where it is.')
    await customer.open('/products/NW-0002')
    await customer.sees('Reviews cannot be shown right now.')
    // It asked for demo viewers, which do not exist here.
    expect(customer.problems).toEqual([expect.stringContaining('404 (Not Found)')])
  })
})
