import { promisify } from 'node:util'
import { constants, createZstdCompress, gzip } from 'node:zlib'
import type { BulkExportCompression } from '../../generated/prisma/enums.ts'

/** Compresses the text of a file, block by block. What it returned so far can be gone on with by another one. */
export interface Encoder {
  encode(text: Uint8Array): Promise<Uint8Array>
  /** The bytes behind the last block. */
  end(): Promise<Uint8Array>
}

const gzipped = promisify(gzip)
const nothing = async () => new Uint8Array()

/** `isContinued` says that the file has bytes of another encoder already. */
export function encoderFor(compression: BulkExportCompression, isContinued: boolean): Encoder {
  switch (compression) {
    case 'NONE':
      return { encode: async (text) => text, end: nothing }
    case 'GZIP':
      // Each block is a member of its own (RFC 1952, section 2.2), and every reader joins them.
      return { encode: (text) => gzipped(text, { level: 4 }), end: nothing }
    case 'ZSTD':
      return new ZstdEncoder(isContinued)
  }
}

/** An empty last block, without a checksum (RFC 8878, section 3.1.1.2). */
const lastBlock = Buffer.from([1, 0, 0])

/**
 * One frame as long as it is not interrupted, since some readers stop behind the first one, Node's too. An encoder that goes
 * on ends the frame of the one before, whose last flush ended with a whole block, and begins a new one.
 */
class ZstdEncoder implements Encoder {
  readonly #stream = createZstdCompress()
  #chunks: Uint8Array[]

  constructor(isContinued: boolean) {
    this.#chunks = isContinued ? [lastBlock] : []
    this.#stream.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
  }

  async encode(text: Uint8Array): Promise<Uint8Array> {
    this.#stream.write(text)
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('error', reject)
      this.#stream.flush(constants.ZSTD_e_flush, () => {
        this.#stream.off('error', reject)
        resolve()
      })
    })
    return this.#taken()
  }

  async end(): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => this.#stream.once('error', reject).once('end', resolve).end())
    return this.#taken()
  }

  #taken(): Uint8Array {
    return Buffer.concat(this.#chunks.splice(0))
  }
}
