import { useEffect, useState } from 'react'

export type DemoViewer = { name: string; label: string; token: string }

/** Fetched once: people pass this page at each sign-in and sign-out. */
let asked: Promise<readonly DemoViewer[]> | undefined

/** The demo viewers of a server in development; other servers have none. Undefined until they are loaded. */
export function useDemoViewers(): readonly DemoViewer[] | undefined {
  const [viewers, setViewers] = useState<readonly DemoViewer[]>()
  useEffect(() => {
    let isShown = true
    asked ??= readDemoViewers()
    asked.then((found) => isShown && setViewers(found))
    return () => {
      isShown = false
    }
  }, [])
  return viewers
}

async function readDemoViewers(): Promise<readonly DemoViewer[]> {
  try {
    const response = await fetch('/demo-viewers', { headers: { accept: 'application/json' } })
    if (!response.ok) return []
    const value: unknown = await response.json()
    return Array.isArray(value) ? value.filter(isDemoViewer) : []
  } catch {
    asked = undefined
    return []
  }
}

function isDemoViewer(value: unknown): value is DemoViewer {
  if (typeof value !== 'object' || value === null) return false
  if (!('name' in value && 'label' in value && 'token' in value)) return false
  return [value.name, value.label, value.token].every((text) => typeof text === 'string')
}
