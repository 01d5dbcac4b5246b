import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv, { type RequestHandler } from 'sirv'
import type { Site } from '../domain.ts'
import type { Refusal } from '../http/request-refusal.ts'
import { sitePolicy } from '../http/security-headers.ts'

/** Files whose names contain a hash of their content: `/assets/index-B1a2c3d4.js`. */
const hashed = /^\/assets\/[\w.-]+-[\w-]{8,}\.\w+$/

/** `/favicon.ico`, but not `/orders/12`. */
const namesFile = /\.[^/]*$/

/**
 * The files of a built site, below its path. A path without a file gets the index, because the site routes it itself.
 */
export class StaticSite {
  readonly settings: Site
  readonly #mayChange: boolean
  #handler: RequestHandler | undefined

  /** Where a site may be rebuilt while the server runs, its folder is read for each request, else once. */
  constructor(site: Site, mayChange: boolean) {
    this.settings = site
    this.#mayChange = mayChange
  }

  get isBuilt(): boolean {
    return isBuilt(this.settings)
  }

  holds(path: string): boolean {
    return path === this.settings.path || path.startsWith(`${this.settings.path}/`)
  }

  /** Serves a path of the built site. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Refusal | undefined {
    const below = path.slice(this.settings.path.length)
    if (below === '') return redirect(response, `${this.settings.path}/`)
    if (!isPlain(below)) return nothing
    // Ranges are for larger files than these, and sirv's parser fails on invalid ranges.
    delete request.headers.range
    const before = response.getHeaders()
    response.setHeader('content-security-policy', sitePolicy)
    response.setHeader('cache-control', hashed.test(below) ? 'public, max-age=31536000, immutable' : 'no-cache')
    // A file may disappear after the folder was read, and nothing else handles the stream's error.
    response.once('pipe', (file) => file.once('error', () => response.destroy()))
    if (this.#sends(below, request, response)) return undefined
    if (!namesFile.test(below) && this.#sends('/', request, response)) return undefined
    for (const [name, value] of Object.entries(before)) if (value !== undefined) response.setHeader(name, value)
    return nothing
  }

  /** Whether a file was sent. */
  #sends(url: string, request: IncomingMessage, response: ServerResponse): boolean {
    let isSent = true
    request.url = url
    this.#files()(request, response, () => {
      isSent = false
    })
    return isSent
  }

  #files(): RequestHandler {
    if (this.#handler && !this.#mayChange) return this.#handler
    // Not `single`, which serves the index too: its regular expression takes minutes on some short paths.
    this.#handler = sirv(this.settings.folder, { etag: true, brotli: true, gzip: true })
    return this.#handler
  }
}

export function isBuilt({ folder }: Site): boolean {
  return existsSync(join(folder, 'index.html'))
}

const nothing: Refusal = { code: 'NOT_FOUND', message: 'There is no such file.' }

function redirect(response: ServerResponse, location: string): undefined {
  response.writeHead(308, { location }).end()
}

/** Whether each part of a path is a plain name: no parent folder, no hidden file. */
function isPlain(path: string): boolean {
  const [, ...parts] = path.split('/')
  return parts.every((part, index) => {
    const name = decoded(part)
    if (name === '') return index === parts.length - 1
    return name !== undefined && !name.startsWith('.') && !/[\/\\[\p{Cc}&&\p{ASCII}]]/v.test(name)
  })
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
