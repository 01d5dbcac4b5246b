import type { BulkExportCompression } from '../../generated/prisma/enums.ts'
import { type Encoder, encoderFor } from './encoder.ts'
import type { ExportMark } from './export-progress.ts'
import type { FileWriter, SafeFile } from './file-store.ts'
import type { ExportPart } from './list-export.ts'

interface ExportWriterParts {
  file: FileWriter
  compression: BulkExportCompression
  /** What is in the file already. */
  from: Pick<ExportMark, 'rows' | 'snapshots'>
  onSafe: (mark: ExportMark) => Promise<void>
  onProgress: (progress: { rows: number; bytes: number }) => Promise<void>
}

const blockLength = 4 * 1024 * 1024
const blockMs = 1000

/**
 * Writes the parts of an export into its file, in blocks: of some megabytes, or of one second. A block is compressed and
 * written while the next one is read.
 */
export class ExportWriter {
  readonly #parts: ExportWriterParts
  readonly #encoder: Encoder
  #held: Buffer[] = []
  #heldLength = 0
  #rows: number
  #bytes: number
  #after: string | null = null
  #writing: Promise<void> = Promise.resolve()
  /** The first part is a block of its own, so that the first rows show soon. */
  #writtenAt = 0

  constructor(parts: ExportWriterParts) {
    this.#parts = parts
    this.#rows = parts.from.rows
    this.#bytes = parts.file.safe.bytes
    this.#encoder = encoderFor(parts.compression, this.#bytes > 0)
  }

  async take({ bytes, rows, after }: ExportPart): Promise<void> {
    this.#held.push(bytes)
    this.#heldLength += bytes.length
    this.#rows += rows
    this.#after = after
    if (this.#heldLength < blockLength && performance.now() < this.#writtenAt + blockMs) return
    this.#writtenAt = performance.now()
    await this.#writing
    this.#writing = this.#write()
    // The next part, or the end, throws what this throws.
    this.#writing.catch(() => {})
  }

  /** Writes what was taken, so that an export that breaks off keeps it. */
  async breakOff(): Promise<void> {
    await this.#writing
    if (this.#held.length > 0) await this.#write()
  }

  /** The export is whole. */
  async end(): Promise<void> {
    await this.breakOff()
    const { file } = this.#parts
    await file.append(await this.#encoder.end())
    await this.#keep(await file.flush())
  }

  async #write(): Promise<void> {
    const { file, onProgress } = this.#parts
    const [held, rows, after] = [this.#held, this.#rows, this.#after]
    this.#held = []
    this.#heldLength = 0
    const bytes = await this.#encoder.encode(Buffer.concat(held))
    const safe = await file.append(bytes)
    this.#bytes += bytes.length
    if (safe) await this.#keep(safe, rows, after)
    else await onProgress({ rows, bytes: this.#bytes })
  }

  async #keep(file: SafeFile, rows = this.#rows, after = this.#after): Promise<void> {
    await this.#parts.onSafe({ file, rows, snapshots: this.#parts.from.snapshots + 1, after })
  }
}
