import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { encodeId, parseId } from '../graphql/ids.ts'

const pathPattern = /^\/bulk\/exports\/((?:bulk_export|person_request)_[0-9a-z]{26})\/file$/

/** What has a file: an export of a list, or everything that is stored about a person. */
export interface FileOwner {
  readonly type: 'BulkExport' | 'PersonRequest'
  /** Its UUID. */
  readonly id: string
}

/** The owner of the file at this path. */
export function ownerAt(path: string): FileOwner | undefined {
  const publicId = pathPattern.exec(path)?.[1] ?? ''
  for (const type of ['BulkExport', 'PersonRequest'] as const) {
    const id = parseId(type, publicId)
    if (id !== undefined) return { type, id }
  }
  return undefined
}

/** Links to files that the server sends: good until they expire, for everyone who has them. */
export class FileLinks {
  readonly #key: Uint8Array

  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'frontdoor links to files', 32))
  }

  /** Path and query string. */
  pathTo({ type, id }: FileOwner, seconds: number): string {
    const expires = Math.floor(Date.now() / 1000) + seconds
    const signature = this.#sign(id, String(expires)).toString('base64url')
    return `/bulk/exports/${encodeId(type, id)}/file?expires=${expires}&signature=${signature}`
  }

  isGood({ id }: FileOwner, query: URLSearchParams): boolean {
    const expires = query.get('expires') ?? ''
    const given = Buffer.from(query.get('signature') ?? '', 'base64url')
    const right = this.#sign(id, expires)
    return given.length === right.length && timingSafeEqual(given, right) && Number(expires) * 1000 > Date.now()
  }

  #sign(id: string, expires: string): Buffer {
    return createHmac('sha256', this.#key).update(`${id}\n${expires}`).digest()
  }
}
