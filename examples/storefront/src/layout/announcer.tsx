import { useSyncExternalStore } from 'react'

/** What has just changed, for people who do not see it change. */
let said = ''
const listeners = new Set<() => void>()

export function announce(text: string): void {
  said = text
  for (const listener of listeners) listener()
}

export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => said)
  return (
    <output aria-live="polite" className="unseen">
      {text}
    </output>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
