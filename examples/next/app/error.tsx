'use client'

import type { ErrorInfo } from 'next/error'

/** In place of a page whose data did not come. Why stands in this app's log: the browser gets only a number of it. */
export default function Failed({ retry }: ErrorInfo) {
  return (
    <>
      <h1>This page cannot be shown now</h1>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </>
  )
}
