import { useEffect, useRef, useState } from 'react'
import { useWhenNear } from './use-when-near.ts'

type Props = { hasMore: boolean; isLoading: boolean; onMore: () => void }

/** The end of a list, which loads more when it is scrolled to or clicked. */
export function ShowMore({ hasMore, isLoading, onMore }: Props) {
  const [hasGrown, setHasGrown] = useState(false)
  const isFocused = useRef(false)
  const last = useRef<HTMLParagraphElement>(null)
  const isOver = !hasMore && !isLoading
  const grow = () => {
    setHasGrown(true)
    onMore()
  }
  const end = useWhenNear(grow, hasMore && !isLoading)
  // The button disappears with the last page, so the focus moves to the end of the list.
  useEffect(() => {
    if (isOver && isFocused.current) last.current?.focus()
    if (isOver) isFocused.current = false
  }, [isOver])
  if (isOver && !hasGrown) return null
  if (isOver) {
    return (
      <p ref={last} tabIndex={-1} className="show-more muted">
        That is all.
      </p>
    )
  }
  return (
    <div ref={end} className="show-more">
      <button
        type="button"
        className="button"
        onClick={() => !isLoading && grow()}
        onFocus={() => {
          isFocused.current = true
        }}
        onBlur={() => {
          isFocused.current = false
        }}
        aria-disabled={isLoading}
      >
        {isLoading ? 'Loading…' : 'Show more'}
      </button>
    </div>
  )
}
