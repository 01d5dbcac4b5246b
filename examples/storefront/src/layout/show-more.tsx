import { useWhenNear } from './use-when-near.ts'

type Props = { hasMore: boolean; isLoading: boolean; onMore: () => void }

/** The end of a list: it grows as it is scrolled to, and by a button. */
export function ShowMore({ hasMore, isLoading, onMore }: Props) {
  const end = useWhenNear(onMore, hasMore && !isLoading)
  if (!hasMore && !isLoading) return null
  return (
    <div ref={end} className="show-more">
      <button type="button" className="button" onClick={() => !isLoading && onMore()} aria-disabled={isLoading}>
        {isLoading ? 'Loading…' : 'Show more'}
      </button>
    </div>
  )
}
