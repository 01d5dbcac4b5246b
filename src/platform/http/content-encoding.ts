import { promisify } from 'node:util'
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib'
import { weightedMembers } from './weights.ts'

/** The content codings that responses can have. The first takes the least time for its size, and the last the most. */
const offered = ['zstd', 'br', 'gzip'] as const

export type ContentEncoding = (typeof offered)[number]

/**
 * The coding that a client wants most, of those in this list (RFC 9110, section 12.5.3); undefined for none. Of equal
 * weights the first of the list wins. `*` stands for gzip, which every client reads.
 */
export function encodingFor<E extends ContentEncoding>(
  header: string | undefined,
  encodings: readonly E[],
): E | undefined
export function encodingFor(header: string | undefined): ContentEncoding | undefined
export function encodingFor(header = '', encodings: readonly ContentEncoding[] = offered): ContentEncoding | undefined {
  const weights = new Map(weightedMembers(header).map(({ name, weight }) => [name, weight]))
  const weightOf = (encoding: ContentEncoding) =>
    weights.get(encoding) ?? (encoding === 'gzip' ? (weights.get('x-gzip') ?? weights.get('*')) : undefined) ?? 0
  const [best] = encodings.toSorted((a, b) => weightOf(b) - weightOf(a))
  if (best === undefined || weightOf(best) === 0) return undefined
  return weightOf(best) >= (weights.get('identity') ?? 0) ? best : undefined
}

/** Whether a client takes no body without a coding. */
export function refusesIdentity(header = ''): boolean {
  const weights = new Map(weightedMembers(header).map(({ name, weight }) => [name, weight]))
  return (weights.get('identity') ?? weights.get('*')) === 0
}

/** Compressing smaller texts costs the main thread less than handing them to another one. */
const atOnceBytes = 32_768
/** Threads of libuv that larger texts may keep busy; each holds a text and its compressed form. */
const maxInThreads = 8

const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const deflate = { level: 1 }

const atOnce: Record<ContentEncoding, (text: Buffer) => Buffer> = {
  zstd: (text) => zstdCompressSync(text, zstd),
  br: (text) => brotliCompressSync(text, brotli),
  gzip: (text) => gzipSync(text, deflate),
}

const [zstdLater, brotliLater, gzipLater] = [promisify(zstdCompress), promisify(brotliCompress), promisify(gzip)]

const inThread: Record<ContentEncoding, (text: Buffer) => Promise<Buffer>> = {
  zstd: (text) => zstdLater(text, zstd),
  br: (text) => brotliLater(text, brotli),
  gzip: (text) => gzipLater(text, deflate),
}

let running = 0

/** A small text compressed at once, a large one in another thread; undefined where enough of them are at work. */
export function compressed(text: Buffer, encoding: ContentEncoding): Buffer | Promise<Buffer> | undefined {
  if (text.length <= atOnceBytes) return atOnce[encoding](text)
  if (running >= maxInThreads) return undefined
  running++
  return inThread[encoding](text).finally(() => {
    running--
  })
}
