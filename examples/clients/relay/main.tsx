import './dom.ts'
import { Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { RelayEnvironmentProvider } from 'react-relay'
import { environment } from './environment.ts'
import { ProductList } from './product-list.tsx'

createRoot(document.body, {
  onUncaughtError: (error) => {
    console.error(error)
    process.exit(1)
  },
}).render(
  <RelayEnvironmentProvider environment={environment}>
    <Suspense fallback="Loading">
      <ProductList />
    </Suspense>
  </RelayEnvironmentProvider>,
)

/** Waits until the page has this many elements, and returns their titles. */
function seen(selector: string, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const look = () => {
      const found = [...document.querySelectorAll<HTMLElement>(selector)]
      if (found.length !== count) return
      observer.disconnect()
      resolve(found.map(({ title }) => title))
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { attributes: true, childList: true, subtree: true })
    look()
  })
}
const press = (selector: string) => document.querySelector<HTMLButtonElement>(selector)?.click()

const first = await seen('article', 3)
press('#more')
const both = await seen('article', 6)
press('article button')
const checked = await seen('article.checked', 1)
console.log(JSON.stringify({ first, both, checked }))

// Relay keeps data for five minutes after it was shown. This program does not wait for that.
process.exit()
