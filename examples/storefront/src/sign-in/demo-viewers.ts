import { useEffect, useState } from 'react'

export type DemoViewer = { name: string; label: string; token: string }

/** Whom one may be while trying things out: a server in development says so, others do not. Undefined until it is known. */
export function useDemoViewers(): readonly DemoViewer[] | undefined {
  const [viewers, setViewers] = useState<readonly DemoViewer[]>()
  useEffect(() => {
    const stop = new AbortController()
    readDemoViewers(stop.signal).then(setViewers, () => !stop.signal.aborted && setViewers([]))
    return () => stop.abort()
  }, [])
  return viewers
}

async function readDemoViewers(signal: AbortSignal): Promise<readonly DemoViewer[]> {
  const response = await fetch('/demo-viewers', { signal, headers: { accept: 'application/json' } })
  if (!response.ok) return []
  const value: unknown = await response.json()
  return Array.isArray(value) ? value.filter(isDemoViewer) : []
}

function isDemoViewer(value: unknown): value is DemoViewer {
  if (typeof value !== 'object' || value === null) return false
  if (!('name' in value && 'label' in value && 'token' in value)) return false
  return [value.name, value.label, value.token].every((text) => typeof text === 'string')
}
