import { useEffect, useSyncExternalStore } from 'react'

type Said = { text: string; isSeen: boolean }

const silence: Said = { text: '', isSeen: false }
const shownMs = 6000
const listeners = new Set<() => void>()
let said = silence

/** Announces changes to screen readers. */
export function announce(text: string): void {
  say({ text, isSeen: false })
}

/** Shows a message to everyone, where the page does not show the change itself. */
export function tell(text: string): void {
  say({ text, isSeen: true })
}

export function Announcer() {
  const { text, isSeen } = useSyncExternalStore(subscribe, () => said)
  useEffect(() => {
    if (text === '') return
    const timer = setTimeout(() => say(silence), shownMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <output aria-live="polite" className={isSeen ? 'toast' : 'unseen'}>
      {text}
    </output>
  )
}

function say(what: Said): void {
  // A screen reader repeats the same words only if the text differs.
  said = what.text !== '' && what.text === said.text ? { ...what, text: `${what.text}\u00a0` } : what
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
