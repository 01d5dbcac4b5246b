import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Database } from '../database/client.ts'
import type { RequestFacts } from '../http/exchange.ts'
import type { RouteHandler } from '../http/front.ts'
import type { Refusal } from '../http/request-refusal.ts'
import { sendFile } from './export-download.ts'
import { archiveFacts, factsOf } from './export-file.ts'
import { exportMark } from './export-progress.ts'
import { exportRows } from './export-route.ts'
import type { ExportSlots } from './export-slots.ts'
import { recordFileAction } from './file-action.ts'
import { type FileLinks, type FileOwner, ownerAt } from './file-link.ts'
import { type FileStore, safeFile } from './file-store.ts'
import { type ImportRouteParts, importLines } from './import-route.ts'
import type { ListExportParts } from './list-export.ts'

interface BulkParts extends ListExportParts, ImportRouteParts {
  bodyBytes: number
  slots: ExportSlots
  database: Pick<Database, 'client'>
  store: FileStore
  links: FileLinks
  /** The most imports at once. */
  imports: number
  /** Whether only streams of exports work. */
  isReadingOnly: boolean
}

interface Creator {
  creatorKind: string
  creatorId: string | undefined
}

const retryAfterSeconds = 10

/** The routes below `/bulk`. */
export class Bulk {
  readonly #parts: BulkParts
  #imports = 0

  constructor(parts: BulkParts) {
    this.#parts = parts
  }

  handlerFor(path: string): RouteHandler | undefined {
    if (path === '/bulk/export') return (...exchange) => this.#export(...exchange)
    const mutation = /^\/bulk\/import\/(\w+)$/.exec(path)?.[1]
    const owner = ownerAt(path)
    if (this.#parts.isReadingOnly && (mutation ?? owner) !== undefined) return async () => readingOnly
    if (mutation !== undefined) return (...exchange) => this.#import(mutation, ...exchange)
    return owner && ((...exchange) => this.#download(owner, ...exchange))
  }

  async #import(mutation: string, ...exchange: Parameters<RouteHandler>): ReturnType<RouteHandler> {
    if (this.#imports >= this.#parts.imports) return tooMany
    this.#imports++
    this.#parts.metrics.importsRunning.inc()
    try {
      return await importLines(this.#parts, mutation, ...exchange)
    } finally {
      this.#imports--
      this.#parts.metrics.importsRunning.dec()
    }
  }

  async #export(...exchange: Parameters<RouteHandler>): ReturnType<RouteHandler> {
    const { slots } = this.#parts
    if (!slots.take()) return tooMany
    try {
      return await exportRows(this.#parts, ...exchange)
    } finally {
      slots.free()
    }
  }

  async #download(
    owner: FileOwner,
    request: IncomingMessage,
    response: ServerResponse,
    { requestId }: RequestFacts,
  ): Promise<Refusal | undefined> {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD')
      return { code: 'METHOD_NOT_ALLOWED', message: 'Send a GET.', headers: { allow: 'GET, HEAD, OPTIONS' } }
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (!this.#parts.links.isGood(owner, searchParams)) return badLink
    const found = await (owner.type === 'BulkExport' ? this.#findFile(owner.id) : this.#findArchive(owner.id))
    if (!found) return noFile
    if (method === 'GET') this.#record(owner, requestId, found)
    const sent = await sendFile(found, request, response)
    return sent === 'sent' ? undefined : (sent ?? noFile)
  }

  async #findFile(id: string) {
    const row = await this.#parts.database.client.bulkExport.findUnique({
      where: { id, state: 'DONE' },
      select: { format: true, compression: true, mark: true, endedAt: true, creatorKind: true, creatorId: true },
    })
    const mark = exportMark.nullable().parse(row?.mark ?? null)
    const path = mark ? this.#parts.store.pathOf(mark.file.name) : undefined
    if (!row?.endedAt || !mark || path === undefined) return undefined
    const facts = factsOf({ ...row, id, name: mark.file.name })
    return { ...row, ...facts, path, bytes: mark.file.bytes, writtenAt: row.endedAt }
  }

  async #findArchive(id: string) {
    const row = await this.#parts.database.client.personRequest.findUnique({
      where: { id, state: 'DONE' },
      select: { file: true, endedAt: true, requesterKind: true, requesterId: true },
    })
    const file = safeFile.nullable().parse(row?.file ?? null)
    const path = file ? this.#parts.store.pathOf(file.name) : undefined
    if (!row?.endedAt || !file || path === undefined) return undefined
    const creator = { creatorKind: row.requesterKind, creatorId: row.requesterId ?? undefined }
    return { ...archiveFacts({ id, file }), ...creator, path, bytes: file.bytes, writtenAt: row.endedAt }
  }

  /** The link may have been passed on, so the entry names who asked for the file. */
  #record(owner: FileOwner, requestId: string, { creatorKind: kind, creatorId }: Creator) {
    const viewer = { kind, id: creatorId, subject: undefined, roles: [], scopes: new Set<string>() }
    recordFileAction(this.#parts.trail, 'exportDownload', owner, { requestId, viewer })
  }
}

const tooMany: Refusal = {
  code: 'RATE_LIMITED',
  message: `As many exports or imports run as the server can; try again in ${retryAfterSeconds} s.`,
  headers: { 'retry-after': String(retryAfterSeconds) },
}

const readingOnly: Refusal = {
  code: 'SWITCHED_OFF',
  message: 'Imports and files of exports are not available: this server only reads.',
}

const badLink: Refusal = {
  code: 'FORBIDDEN',
  message: 'The link is wrong or has expired; ask `bulkExport` or `personRequest` for a new one.',
}

const noFile: Refusal = { code: 'NOT_FOUND', message: 'The file is no longer kept, or is not on this server.' }
