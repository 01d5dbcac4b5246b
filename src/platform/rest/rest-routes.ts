import type { RestOperation } from './rest-operation.ts'

/** The operation at a path, with the texts of the variables in it. */
export interface FoundRoute {
  readonly operation: RestOperation
  readonly inPath: ReadonlyMap<string, string>
}

/** Finds operations by method and path. A segment in words goes before one that is a variable. */
export class RestRoutes {
  readonly #byLength = new Map<number, RestOperation[]>()

  constructor(operations: readonly RestOperation[]) {
    const sorted = [...operations].sort((a, b) => shapeOf(a).localeCompare(shapeOf(b)))
    for (const operation of sorted) {
      const { length } = operation.segments
      this.#byLength.set(length, [...(this.#byLength.get(length) ?? []), operation])
    }
  }

  /** Undefined where there is nothing at this path; the allowed methods where there are others only. */
  find(method: string, path: string): FoundRoute | { allowed: string[] } | undefined {
    const parts = path.split('/').slice(1)
    const allowed = new Set<string>()
    for (const operation of this.#byLength.get(parts.length) ?? []) {
      const inPath = match(operation, parts)
      if (inPath && operation.rest.method === method) return { operation, inPath }
      if (inPath) allowed.add(operation.rest.method)
    }
    return allowed.size > 0 ? { allowed: [...allowed] } : undefined
  }
}

/** Words sort before variables. */
function shapeOf({ segments }: RestOperation): string {
  return segments.map((segment) => (typeof segment === 'string' ? '0' : '1')).join('')
}

function match({ segments }: RestOperation, parts: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>()
  for (const [at, segment] of segments.entries()) {
    const part = decoded(parts[at] ?? '')
    if (typeof segment === 'string' ? part !== segment : !part) return undefined
    if (typeof segment !== 'string' && part) found.set(segment.variable, part)
  }
  return found
}

function decoded(part: string): string | undefined {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
