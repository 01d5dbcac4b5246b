import { AsyncLocalStorage } from 'node:async_hooks'

/** A place in a response, linked from its end, as graphql-js has it in `info.path`. */
export interface ResponsePlace {
  readonly prev: ResponsePlace | undefined
  readonly key: string | number
}

/** The fields that a statement is sent for: one, or those whose values a loader reads together. */
export type Asking = ResponsePlace | readonly ResponsePlace[]

/** The response keys that lead to these fields, joined by dots, without positions in lists: `things.nodes.part`. */
export function placesOf(asking: Asking | undefined): string[] {
  if (asking === undefined) return []
  return ('key' in asking ? [asking] : asking).map(keysTo)
}

function keysTo(place: ResponsePlace): string {
  const keys: string[] = []
  for (let at: ResponsePlace | undefined = place; at; at = at.prev) if (typeof at.key === 'string') keys.unshift(at.key)
  return keys.join('.')
}

let current: Asking | undefined

/**
 * The field whose resolver runs right now. Undefined once the resolver has waited for something. It is no
 * AsyncLocalStorage, which would cost more than many a resolver.
 */
export function askingField(): Asking | undefined {
  return current
}

const underWay = new AsyncLocalStorage<Asking>()

/**
 * Runs a read of Prisma, which sends its statement later. Prisma takes a hundred times as long as this storage; prepared
 * reads send theirs at once and do without it.
 */
export function askedLater<Result>(run: () => Result): Result {
  return current === undefined ? run() : underWay.run(current, run)
}

/** The field that a statement of Prisma is sent for. */
export function askedBefore(): Asking | undefined {
  return underWay.getStore()
}

/** Runs a resolver, or a part of it that runs later, in the name of a field. */
export function askedBy<Result>(field: Asking | undefined, run: () => Result): Result {
  const before = beginAsking(field)
  try {
    return run()
  } finally {
    endAsking(before)
  }
}

/** The beginning of `askedBy`, for where a function for each value costs too much. Give what it returns to `endAsking`. */
export function beginAsking(field: Asking | undefined): Asking | undefined {
  const before = current
  current = field
  return before
}

export function endAsking(before: Asking | undefined): void {
  current = before
}
