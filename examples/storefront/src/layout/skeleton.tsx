/** A placeholder while data loads. Its label tells screen readers. */
export function Skeleton({ className, label }: { className?: string; label?: string }) {
  return (
    <div className={`skeleton ${className ?? ''}`} aria-hidden={label === undefined}>
      {label !== undefined && (
        <span className="unseen" role="status">
          {label}
        </span>
      )}
    </div>
  )
}

/** Placeholder rows of a list that loads. */
export function SkeletonRows({ count }: { count: number }) {
  return (
    <div className="stack">
      <span className="unseen" role="status">
        Loading
      </span>
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same, and never move.
        <Skeleton key={row} className="skeleton-row" />
      ))}
    </div>
  )
}
