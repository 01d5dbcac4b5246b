import { type ReactNode, useEffect, useRef } from 'react'
import { Skeleton } from './skeleton.tsx'

const shop = 'Northwind Fine Foods'
/** The first page of a visit is read from its start; later pages move the focus to their heading. */
let isFirst = true

type Props = {
  /** Undefined until it is loaded. */
  title: string | undefined
  intro?: ReactNode
  className?: string
  children: ReactNode
}

export function Page({ title, intro, className, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  const isKnown = title !== undefined
  useEffect(() => {
    document.title = title === undefined ? shop : `${title} · ${shop}`
  }, [title])
  useEffect(() => {
    if (!isKnown) return
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [isKnown])
  return (
    <div className={`page ${className ?? ''}`}>
      <div className="page-head">
        {isKnown ? (
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        ) : (
          <Skeleton className="skeleton-title" label="Loading" />
        )}
        {intro}
      </div>
      {children}
    </div>
  )
}
