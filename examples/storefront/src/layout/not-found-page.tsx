import { Link } from 'wouter'
import { Page } from './page.tsx'

export function NotFoundPage({ title = 'There is no such page' }: { title?: string }) {
  return (
    <Page title={title}>
      <p>It may have moved, or the address has a slip of the pen.</p>
      <p>
        <Link href="/" className="button button-main">
          To all products
        </Link>
      </p>
    </Page>
  )
}
