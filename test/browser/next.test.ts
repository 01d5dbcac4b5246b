import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { type ApiRecorder, startApiRecorder } from './support/api-recorder.ts'
import { desktop, keepPicture, openChromium, phone, reasonToSkip, seriousFaults } from './support/chromium.ts'
import { buildNextApp, folder, manifest, startNextApp } from './support/next-app.ts'
import { NextVisitor } from './support/next-visitor.ts'

if (reasonToSkip) console.warn(`test/browser/next.test.ts is skipped: ${reasonToSkip}`)

describe.skipIf(reasonToSkip)('the app on Next.js', { timeout: 60_000 }, () => {
  let browser: Browser
  let world: World
  let api: ApiRecorder
  let app: Awaited<ReturnType<typeof startNextApp>>
  let token: string
  const visitors: NextVisitor[] = []
  beforeAll(async () => {
    ;[browser] = await Promise.all([openChromium(), buildNextApp()])
    world = await createWorld({ env: { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: manifest } })
    token = await world.tokenFor('admin')
    api = await startApiRecorder(world.url, manifest)
    app = await startNextApp(api.url)
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await app?.[Symbol.asyncDispose]()
    api?.close()
    await world?.close()
  })

  async function visit(options?: BrowserContextOptions): Promise<NextVisitor> {
    const visitor = await NextVisitor.at(browser, app.url, options)
    visitors.push(visitor)
    return visitor
  }

  async function visitSignedIn(options?: BrowserContextOptions): Promise<NextVisitor> {
    const visitor = await visit(options)
    await visitor.signIn(token)
    return visitor
  }

  const countOf = (sku: string) => world.client.product.count({ where: { sku } })
  const lost = 'There was no answer. Send the form again: the product is created once.'

  it('shows products to everyone, page by page through links, with one operation for each page', async () => {
    await using visitor = await visit()
    const { page } = visitor
    const products = await world.client.product.findMany({ orderBy: { sku: 'desc' }, take: 20 })
    const skus = products.map(({ sku }) => sku)
    const turnTo = async (name: string, first: string | undefined) => {
      await page.getByRole('link', { name }).click()
      await page.locator('tbody tr:first-child', { hasText: first ?? '' }).waitFor()
      return visitor.skus()
    }
    const sent = await api.operationsOf(async () => {
      await page.goto('/')
      expect(await visitor.skus()).toEqual(skus.slice(0, 10))
      expect(await turnTo('Next page', skus[10])).toEqual(skus.slice(10))
      expect(await turnTo('Previous page', skus[0])).toEqual(skus.slice(0, 10))
    })
    expect(sent).toEqual(['ProductPage', 'ProductPage', 'ProductPage'])
    expect(await page.getByRole('link', { name: 'New product' }).count()).toBe(0)
    for (const viewport of [phone, desktop]) {
      await page.setViewportSize(viewport)
      expect(await seriousFaults(page, 'html')).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      await keepPicture(page, 'next-products')
    }
    expect(visitor.problems).toEqual([])
  })

  it('finds no page for a cursor that the API does not know', async () => {
    await using visitor = await visit()
    expect((await visitor.page.goto('/?after=nonsense'))?.status()).toBe(404)
  })

  it('shows a refused token at its field, and keeps an accepted one in a cookie that no script can read', async () => {
    await using visitor = await visit()
    const { page, context } = visitor
    for (const [wrong, fault] of [
      ['a b', 'This is no access token.'],
      [`${token.slice(0, -8)}AAAAAAAA`, 'This token is not accepted here, or no longer.'],
    ] as const) {
      await visitor.enterToken(wrong)
      await visitor.sees(fault)
      expect(await page.getByLabel('Access token').getAttribute('aria-invalid')).toBe('true')
      expect(await context.cookies()).toEqual([])
    }
    expect(await seriousFaults(page, 'html')).toEqual([])
    await visitor.signIn(token)
    const [cookie, ...others] = await context.cookies()
    expect(others).toEqual([])
    expect(cookie).toMatchObject({
      name: 'token',
      value: token,
      httpOnly: true,
      sameSite: 'Lax',
      secure: false,
      path: '/',
    })
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    // Browsers count from the server's clock, which tells whole seconds.
    expect(cookie?.expires).toBeCloseTo(exp, -1)
    expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length].join()')).toBe(',0,0')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    expect(await context.cookies()).toEqual([])
    expect(visitor.problems).toEqual([])
  })

  it('sets the cookie for HTTPS only, where the proxy in front says that the visitor uses it', async () => {
    await using visitor = await visit({ extraHTTPHeaders: { 'x-forwarded-proto': 'https' } })
    const signing = visitor.page.waitForResponse((response) => response.request().method() === 'POST')
    await visitor.enterToken(token)
    expect(await (await signing).headerValue('set-cookie')).toMatch(/^token=.*; Secure; HttpOnly; SameSite=lax$/)
  })

  it('shows each user error at the field of its path, keeps what was typed, and creates the corrected product', async () => {
    await using visitor = await visitSignedIn()
    const { page } = visitor
    await visitor.fillIn('NW-0001', '')
    await page.getByLabel('Category').selectOption('')
    const supplier = await page.getByLabel('Supplier').inputValue()
    await visitor.create()
    await visitor.sees('There is no such category.')
    const labels = ['SKU', 'Name', 'Price in USD', 'Category', 'Supplier']
    expect(await visitor.faults(labels)).toEqual([
      ...[undefined, 'A text that must say something is empty.', undefined, 'There is no such category.', undefined],
    ])
    expect(await page.getByLabel('Supplier').inputValue()).toBe(supplier)
    for (const viewport of [phone, desktop]) {
      await page.setViewportSize(viewport)
      expect(await seriousFaults(page, 'html')).toEqual([])
      await keepPicture(page, 'next-product-errors')
    }

    await page.getByLabel('Name').fill('Chai in bags')
    await page.getByLabel('Category').selectOption('Beverages')
    await visitor.create()
    await visitor.sees('Another product has this SKU.')
    expect(await visitor.faults(labels)).toEqual([
      ...['Another product has this SKU.', undefined, undefined, undefined, undefined],
    ])

    await page.getByLabel('SKU').fill('NW-0101')
    await page.getByLabel('Price').fill('twelve')
    await visitor.create()
    await visitor.sees('An amount such as 12.50.')
    await page.getByLabel('Price').fill('12.50')
    const sent = await api.operationsOf(async () => {
      await visitor.create()
      await visitor.seesProduct('NW-0101')
    })
    expect(sent).toEqual(['ProductCreate', 'ProductPage'])
    expect((await visitor.skus())[0]).toBe('NW-0101')
    expect(await page.locator('tbody tr').first().textContent()).toBe('NW-0101Chai in bags12.50 USD')
    // The list of the next page was read after the write that its token names.
    expect(api.requests.at(-1)?.headers.get('x-consistency-token')).toMatch(/./)
    expect(visitor.problems).toEqual([])
  })

  it('sends a form once, however often it is submitted', async () => {
    await using visitor = await visitSignedIn()
    const { page } = visitor
    await visitor.fillIn('NW-0102', 'Impatient')
    const sent = await api.operationsOf(async () => {
      await page.evaluate("for (const _ of [1, 2]) document.querySelector('main form').requestSubmit()")
      await visitor.seesProduct('NW-0102')
    })
    expect(sent).toEqual(['ProductCreate', 'ProductPage'])
    expect(visitor.problems).toEqual([])
  })

  it('creates one product from a form that arrives twice at once', async () => {
    await using visitor = await visitSignedIn()
    const { page } = visitor
    await visitor.fillIn('NW-0105', 'Twice')
    await page.route('/products/new', async (route) => {
      const [response] = await Promise.all([route.fetch(), route.fetch()])
      await route.fulfill({ response })
    })
    const sent = await api.operationsOf(async () => {
      await visitor.create()
      await visitor.seesProduct('NW-0105')
    })
    expect(sent.sort()).toEqual(['ProductCreate', 'ProductCreate', 'ProductPage', 'ProductPage'])
    expect(await countOf('NW-0105')).toBe(1)
    expect(visitor.problems).toEqual([])
  })

  it('creates one product from a form whose answer was lost, once it is sent again', async () => {
    await using visitor = await visitSignedIn()
    await visitor.fillIn('NW-0103', 'Lost and found')
    api.loseNextAnswer()
    await visitor.create()
    await visitor.sees(lost)
    expect(await countOf('NW-0103')).toBe(1)
    await visitor.create()
    await visitor.seesProduct('NW-0103')
    expect(await countOf('NW-0103')).toBe(1)
  })

  it('works without JavaScript', async () => {
    await using visitor = await visitSignedIn({ javaScriptEnabled: false })
    const { page } = visitor
    await visitor.fillIn('NW-0104', '')
    await visitor.create()
    await visitor.sees('A text that must say something is empty.')
    await page.getByLabel('Name').fill('Without scripts')
    api.loseNextAnswer()
    await visitor.create()
    await visitor.sees(lost)
    await visitor.create()
    await visitor.seesProduct('NW-0104')
  })

  it('leads a visitor who may not create products to the sign-in, and so one whose token is no longer accepted', async () => {
    await using visitor = await visit()
    const { page, context } = visitor
    await page.goto('/products/new')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await context.addCookies([{ name: 'token', value: 'revoked', url: app.url }])
    await page.goto('/')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    const noHeader = await fetch(app.url, { headers: { cookie: 'token=a%0Ab; seen=%E2%82%AC' } })
    expect([noHeader.status, (await noHeader.text()).includes('Sign in')]).toEqual([200, true])
  })

  it('passes on the trace and the id of a request, and neither cookies nor an address that the visitor could have written', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = {
      traceparent,
      'x-request-id': 'of-the-visitor',
      'x-forwarded-for': '192.0.2.7',
      cookie: 'theme=dark',
    }
    expect((await fetch(app.url, { headers })).status).toBe(200)
    const sent = api.requests.at(-1)?.headers
    expect(['traceparent', 'x-request-id', 'graphql-client-name'].map((name) => sent?.get(name))).toEqual([
      ...[traceparent, 'of-the-visitor', 'next'],
    ])
    expect(['cookie', 'x-forwarded-for', 'authorization'].map((name) => sent?.get(name))).toEqual([null, null, null])

    await using behindProxy = await startNextApp(api.url, { TRUST_PROXY: 'true' })
    await fetch(behindProxy.url, { headers })
    expect(api.requests.at(-1)?.headers.get('x-forwarded-for')).toBe('192.0.2.7')
  })

  it('says that a page cannot be shown while the API is away, not why, and tries again', async () => {
    await using visitor = await visit()
    const { page } = visitor
    api.loseNextAnswer()
    expect((await page.goto('/'))?.status()).toBe(500)
    await page.getByRole('heading', { name: 'This page cannot be shown now' }).waitFor()
    expect((await Promise.all(visitor.received)).filter((body) => /UNAVAILABLE|fetch failed/.test(body))).toEqual([])
    expect(app.lines.join()).toContain('UNAVAILABLE: TypeError: fetch failed')
    await page.getByRole('button', { name: 'Try again' }).click()
    await visitor.seesProduct('NW-0101')
  })

  it('takes no form that a page of another origin sends', async () => {
    await using visitor = await visitSignedIn()
    await visitor.fillIn('NW-0106', 'Forged')
    await visitor.page.route('/products/new', async (route) => {
      const headers = { ...route.request().headers(), origin: 'https://elsewhere.example' }
      await route.fulfill({ response: await route.fetch({ headers }) })
    })
    const sent = await api.operationsOf(async () => {
      const answer = visitor.page.waitForResponse((response) => response.request().method() === 'POST')
      await visitor.create()
      expect((await answer).status()).toBe(500)
    })
    expect(sent).toEqual([])
  })

  it('gave the browser no token, and no operation and no address of the API, in all of this', async () => {
    const ofVisitors = await Promise.all(visitors.map(({ received }) => Promise.all(received)))
    expect(ofVisitors.filter((received) => received.length === 0)).toEqual([])
    const bodies = ofVisitors.flat()
    expect(bodies.filter((body) => body.includes('New product')).length).toBeGreaterThan(3)
    // Its claims are those of the refused token too.
    const [, claims = ''] = token.split('.')
    const told = /productCreate|ProductPage|FRONTDOOR_URL/
    const isTold = (text: string) => told.test(text) || text.includes(claims) || text.includes(api.url)
    expect(bodies.filter(isTold)).toEqual([])
    expect(app.lines.filter((line) => line.includes(claims))).toEqual([])
    const scripts = await Array.fromAsync(glob('.next/static/**/*.js', { cwd: folder }))
    expect(scripts.length).toBeGreaterThan(3)
    const texts = await Promise.all(scripts.map((script) => readFile(join(folder, script), 'utf8')))
    expect(texts.filter(isTold)).toEqual([])
  })

  it('sent the API nothing but ids of its manifest, each with its variables', () => {
    expect(api.requests.length).toBeGreaterThan(20)
    expect(new Set(api.requests.map(({ operation }) => operation))).toEqual(
      new Set(['ProductPage', 'SignIn', 'ProductNew', 'ProductCreate']),
    )
    expect(new Set(api.requests.map(({ parts }) => parts.join()))).toEqual(new Set(['documentId,variables']))
  })
})
