import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv, { type RequestHandler } from 'sirv'
import type { Site } from '../domain.ts'
import type { Refusal } from '../http/request-refusal.ts'
import { sitePolicy } from '../http/security-headers.ts'

/** Files whose name changes with what is in them, as builds name them: `/assets/index-B1a2c3d4.js`. */
const hashed = /^\/assets\/[\w.-]+-[\w-]{8,}\.\w+$/

/** `/favicon.ico`, but not `/orders/12`. */
const namesFile = /\.[^/]*$/

/** The files of a built site, below its path. A path that names no file is the site's own to show: it gets the index. */
export class StaticSite {
  readonly settings: Site
  readonly #mayChange: boolean
  #handler: RequestHandler | undefined

  /** Where a site may be built again while the server runs, its folder is read each time, else once. */
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

  /** What becomes of a request for such a path, where the site is built. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Refusal | undefined {
    const below = path.slice(this.settings.path.length)
    if (below === '') return redirect(response, `${this.settings.path}/`)
    if (!isPlain(below)) return nothing
    // Ranges are for files larger than any here; sirv's reading of them fails on those that are none.
    delete request.headers.range
    const before = response.getHeaders()
    response.setHeader('content-security-policy', sitePolicy)
    response.setHeader('cache-control', hashed.test(below) ? 'public, max-age=31536000, immutable' : 'no-cache')
    // A file that was there when the folder was read and is not any more: nobody else listens for that.
    response.once('pipe', (file) => file.once('error', () => response.destroy()))
    if (this.#sends(below, request, response)) return undefined
    if (!namesFile.test(below) && this.#sends('/', request, response)) return undefined
    for (const [name, value] of Object.entries(before)) if (value !== undefined) response.setHeader(name, value)
    return nothing
  }

  /** Whether there was a file to send. */
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
    // Not `single`, which would give the index too: short paths keep its regular expression busy for minutes.
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

/** Whether each part of a path is a name and no more: none hides a way elsewhere, nor something hidden. */
function isPlain(path: string): boolean {
  const [, ...parts] = path.split('/')
  return parts.every((part, index) => {
    const name = decoded(part)
    if (name === '') return index === parts.length - 1
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return name !== undefined && !name.startsWith('.') && !/[/\\\u0000-\u001f\u007f]/.test(name)
  })
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
