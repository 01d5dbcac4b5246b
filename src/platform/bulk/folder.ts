import { constants } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileStore, FileWriter, NewFile, SafeFile } from './file-store.ts'

/** Files in a folder of this machine. They are readable by the user of the server only. */
export class Folder implements FileStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async open({ name }: NewFile, from: SafeFile | undefined): Promise<FileWriter | undefined> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 })
    const path = this.pathOf(name)
    if (from && !(await copied(this.pathOf(from.name), path, from.bytes))) return undefined
    const bytes = from?.bytes ?? 0
    return new FileInFolder(await open(path, from ? 'r+' : 'wx', 0o600), { name, bytes })
  }

  linkTo(): undefined {
    return undefined
  }

  pathOf(name: string): string {
    return join(this.#path, name)
  }

  async remove({ name }: SafeFile): Promise<void> {
    await rm(this.pathOf(name), { force: true })
  }

  async removeOlder(days: number): Promise<void> {
    const names = await readdir(this.#path).catch(() => [])
    for (const name of names) {
      const written = await stat(this.pathOf(name)).catch(() => undefined)
      if (written && written.mtimeMs < Date.now() - days * 86_400_000) await rm(this.pathOf(name), { force: true })
    }
  }
}

/** Copies the first bytes of a file. File systems that can share blocks copy nothing. */
async function copied(from: string, to: string, bytes: number): Promise<boolean> {
  const found = await stat(from).catch(() => undefined)
  if (!found || found.size < bytes) return false
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await truncate(to, bytes)
  return true
}

class FileInFolder implements FileWriter {
  readonly #file: FileHandle
  safe: SafeFile

  constructor(file: FileHandle, safe: SafeFile) {
    this.#file = file
    this.safe = safe
  }

  async append(chunk: Uint8Array): Promise<SafeFile> {
    const { name, bytes } = this.safe
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, written, chunk.length - written, bytes + written)
      written += bytesWritten
    }
    await this.#file.datasync()
    this.safe = { name, bytes: bytes + chunk.length }
    return this.safe
  }

  async flush(): Promise<SafeFile> {
    await this.#file.datasync()
    return this.safe
  }

  async complete(): Promise<void> {}

  close(): Promise<void> {
    return this.#file.close()
  }
}
