import { useSyncExternalStore } from 'react'
import { useSession } from '../sign-in/session.ts'

export type BasketLine = { productId: string; quantity: number }
export type Basket = readonly BasketLine[]

/** The API's limits: units of one product, and products in one order. */
const mostOfOne = 10_000
const mostLines = 100
const nothing: Basket = []
const listeners = new Set<() => void>()
/** The text that was read last, so that equal text is the same basket object. */
const known = new Map<string, { text: string; basket: Basket }>()

/** The basket of the signed-in viewer, or of this browser. It stays after they sign out. */
export function useBasket(): Basket {
  const viewer = useSession()?.viewer.id
  return useSyncExternalStore(subscribe, () => readBasket(viewer))
}

export function addToBasket(viewer: string | undefined, productId: string, quantity: number): void {
  const had = quantityOf(readBasket(viewer), productId)
  setQuantity(viewer, productId, had + quantity)
}

/** A quantity of 0 removes the product. */
export function setQuantity(viewer: string | undefined, productId: string, quantity: number): void {
  const basket = readBasket(viewer)
  const wanted = Math.min(Math.max(Math.trunc(quantity), 0), mostOfOne)
  const isThere = basket.some((line) => line.productId === productId)
  const changed = isThere
    ? basket.map((line) => (line.productId === productId ? { productId, quantity: wanted } : line))
    : [...basket, { productId, quantity: wanted }]
  write(viewer, changed)
}

export function emptyBasket(viewer: string | undefined): void {
  write(viewer, nothing)
}

/** Merges the anonymous basket into the viewer's at sign-in. */
export function takeBasketAlong(viewer: string): void {
  for (const { productId, quantity } of readBasket(undefined)) addToBasket(viewer, productId, quantity)
  emptyBasket(undefined)
}

export function quantityOf(basket: Basket, productId: string): number {
  return basket.find((line) => line.productId === productId)?.quantity ?? 0
}

export function countOf(basket: Basket): number {
  return basket.reduce((count, { quantity }) => count + quantity, 0)
}

function placeOf(viewer: string | undefined): string {
  return `storefront.basket.${viewer ?? 'nobody'}`
}

function write(viewer: string | undefined, basket: Basket): void {
  const lines = basket.filter(({ quantity }) => quantity > 0).slice(0, mostLines)
  localStorage.setItem(placeOf(viewer), JSON.stringify(lines))
  for (const listener of listeners) listener()
}

function readBasket(viewer: string | undefined): Basket {
  const place = placeOf(viewer)
  const text = localStorage.getItem(place) ?? '[]'
  const last = known.get(place)
  if (last?.text === text) return last.basket
  const basket = parse(text)
  known.set(place, { text, basket })
  return basket
}

function parse(text: string): Basket {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isLine) : nothing
  } catch {
    return nothing
  }
}

function isLine(value: unknown): value is BasketLine {
  if (typeof value !== 'object' || value === null || !('productId' in value) || !('quantity' in value)) return false
  return typeof value.productId === 'string' && Number.isSafeInteger(value.quantity) && Number(value.quantity) > 0
}

/** Other tabs share the basket. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}
