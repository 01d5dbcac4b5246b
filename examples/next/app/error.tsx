'use client'

/** Next.js tells the browser only a number of the error; the message is in this app's log. */
export default function Failed({ error }: { error: Error & { digest?: string } }) {
  return (
    <>
      <h1>This page cannot be shown now</h1>
      <p>
        <a href="">Try again</a> in a moment. Error {error.digest}.
      </p>
    </>
  )
}
