import { S3mini, S3ServiceError } from 's3mini'
import type { BucketConfig } from '../config/file-settings.ts'
import type { FileFacts, FileStore, FileWriter, NewFile, SafeFile } from './file-store.ts'

/** S3 takes at most 10,000 parts, so a file has at most 156 GiB. */
const partBytes = 16 * 1024 * 1024

/** Files in a bucket of any store that speaks S3. */
export class Bucket implements FileStore {
  readonly #s3: S3mini
  readonly #prefix: string

  constructor({ url, prefix, region, accessKeyId, secretAccessKey }: BucketConfig) {
    this.#s3 = new S3mini({ endpoint: url, region, accessKeyId, secretAccessKey })
    this.#prefix = prefix
  }

  /** An upload goes on under its first name. */
  async open(file: NewFile, from: SafeFile | undefined): Promise<FileWriter> {
    const name = from?.name ?? file.name
    return new Upload(this.#s3, `${this.#prefix}${name}`, file.mediaType, from ?? { name, bytes: 0 })
  }

  linkTo({ name, savedAs, mediaType }: FileFacts, seconds: number): Promise<string> {
    return this.#s3.getPresignedUrl('GET', `${this.#prefix}${name}`, seconds, {
      'response-content-disposition': `attachment; filename="${savedAs}"`,
      'response-content-type': mediaType,
    })
  }

  pathOf(): undefined {
    return undefined
  }

  async remove({ name, upload }: SafeFile): Promise<void> {
    const key = `${this.#prefix}${name}`
    if (upload) await this.#s3.abortMultipartUpload(key, upload.id).catch(unlessGone)
    await this.#s3.deleteObject(key)
  }

  /** The lifecycle rules of the bucket can do that. */
  async removeOlder(): Promise<void> {}
}

function unlessGone(error: unknown): void {
  if (!(error instanceof S3ServiceError) || error.status !== 404) throw error
}

/** One object: sent whole where it is small, and else in parts. */
class Upload implements FileWriter {
  readonly #s3: S3mini
  readonly #key: string
  readonly #mediaType: string
  /** A run that was taken for dead may still send the part behind the last one, so that number stays free. */
  #number: number
  safe: SafeFile
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(s3: S3mini, key: string, mediaType: string, safe: SafeFile) {
    this.#s3 = s3
    this.#key = key
    this.#mediaType = mediaType
    this.safe = safe
    this.#number = (safe.upload?.parts.at(-1)?.[0] ?? -1) + 2
  }

  async append(bytes: Uint8Array): Promise<SafeFile | undefined> {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    return this.#waitingBytes < partBytes ? undefined : this.#sendPart()
  }

  async flush(): Promise<SafeFile> {
    if (this.#waitingBytes === 0 && this.safe.upload) return this.safe
    if (this.safe.upload) return this.#sendPart()
    // Without a part in the store nothing is safe that could be gone on with: the whole object is what waits here.
    const body = this.#take()
    await this.#s3.putObject(this.#key, body, this.#mediaType)
    this.safe = { name: this.safe.name, bytes: body.length }
    return this.safe
  }

  async complete(): Promise<void> {
    const { upload, bytes } = this.safe
    if (!upload) return
    const parts = upload.parts.map(([partNumber, etag]) => ({ partNumber, etag }))
    try {
      const { etag } = await this.#s3.completeMultipartUpload(this.#key, upload.id, parts)
      if (!etag) throw new Error('the store did not join the parts of a file')
    } catch (error) {
      unlessGone(error)
      // An earlier run may have completed it.
      const found = await this.#s3.getContentLength(this.#key)
      if (found !== bytes) throw error
    }
  }

  async close(): Promise<void> {}

  async #sendPart(): Promise<SafeFile> {
    const { name, bytes, upload } = this.safe
    const id = upload?.id ?? (await this.#s3.getMultipartUploadId(this.#key, this.#mediaType))
    const body = this.#take()
    const { partNumber, etag } = await this.#s3.uploadPart(this.#key, id, body, this.#number)
    this.#number++
    this.safe = {
      name,
      bytes: bytes + body.length,
      upload: { id, parts: [...(upload?.parts ?? []), [partNumber, etag]] },
    }
    return this.safe
  }

  #take(): Buffer {
    const body = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    return body
  }
}
