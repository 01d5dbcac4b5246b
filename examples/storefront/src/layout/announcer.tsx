import { useEffect, useSyncExternalStore } from 'react'

type Said = { text: string; isSeen: boolean }

const silence: Said = { text: '', isSeen: false }
const shownMs = 6000
const listeners = new Set<() => void>()
let said = silence

/** Says what has just changed to people who do not see it change. */
export function announce(text: string): void {
  say({ text, isSeen: false })
}

/** Says what was done to everybody, where the page does not show it by itself. */
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
  // The same words are said again only where they are another text.
  said = what.text !== '' && what.text === said.text ? { ...what, text: `${what.text}\u00a0` } : what
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
