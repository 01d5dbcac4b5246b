import { useSyncExternalStore } from 'react'
import { forgetAttempts } from '../api/attempts.ts'

/** The signed-in viewer, as the API described them. The API still decides at each request. */
export type Session = {
  token: string
  viewer: { id: string; kind: 'customer' | 'staff'; name: string; scopes: readonly string[] }
}

/**
 * The session is in sessionStorage: it survives a reload, ends with the tab, and other tabs do not have it. It is no
 * safer from scripts than localStorage; the content security policy keeps foreign scripts out.
 */
const place = 'storefront.session'
const listeners = new Set<() => void>()
let current = read()

export function useSession(): Session | undefined {
  return useSyncExternalStore(subscribe, () => current)
}

export function startSession(session: Session): void {
  sessionStorage.setItem(place, JSON.stringify(session))
  change(session)
}

export function endSession(): void {
  sessionStorage.removeItem(place)
  forgetAttempts()
  change(undefined)
}

export function may(session: Session | undefined, scope: string): boolean {
  return session?.viewer.scopes.includes(scope) ?? false
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function change(session: Session | undefined): void {
  current = session
  for (const listener of listeners) listener()
}

function read(): Session | undefined {
  const text = sessionStorage.getItem(place)
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isSession(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isSession(value: unknown): value is Session {
  if (!isRecord(value) || typeof value.token !== 'string' || !isRecord(value.viewer)) return false
  const { id, kind, name, scopes } = value.viewer
  return (
    typeof id === 'string' &&
    (kind === 'customer' || kind === 'staff') &&
    typeof name === 'string' &&
    Array.isArray(scopes)
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
