import { Zip, ZipDeflate } from 'fflate'
import type { FileWriter, SafeFile } from '../../bulk/file-store.ts'
import type { Json } from './api-row.ts'
import { pageEnd, pageHead, recordHtml, sectionHtml } from './archive-page.ts'

interface Subject {
  subjectType: string
  subjectId: string
}

/** Writes an archive with two files of the same content: `data.json` for programs, and `data.html` for people. */
export class ArchiveWriter {
  readonly #file: FileWriter
  readonly #zip: Zip
  readonly #json = new ZipDeflate('data.json', { level: 6 })
  readonly #page = new ZipDeflate('data.html', { level: 6 })
  readonly #chunks: Uint8Array[] = []
  #jsonText = ''
  #pageText = ''
  #sections = 0
  #records = 0

  constructor(file: FileWriter) {
    this.#file = file
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error
      this.#chunks.push(chunk)
    })
    this.#zip.add(this.#json)
    this.#zip.add(this.#page)
  }

  begin(subject: Subject): void {
    const madeAt = new Date().toISOString()
    this.#writeJson(
      `{"subjectType":${JSON.stringify(subject.subjectType)},"subjectId":${JSON.stringify(subject.subjectId)},"madeAt":"${madeAt}","records":{`,
    )
    this.#writePage(pageHead({ ...subject, madeAt }))
  }

  /** Everything behind it until the next section is of this type. */
  section(name: string, about: string): void {
    this.#writeJson(`${this.#sections === 0 ? '' : '],'}${JSON.stringify(name)}:[`)
    this.#writePage(sectionHtml(name, about))
    this.#sections++
    this.#records = 0
  }

  record(record: { readonly [name: string]: Json }): void {
    this.#writeJson(`${this.#records === 0 ? '' : ','}${JSON.stringify(record)}`)
    this.#writePage(recordHtml(record))
    this.#records++
  }

  /** Compresses and writes what was given so far. */
  async flush(): Promise<void> {
    this.#json.push(Buffer.from(this.#jsonText))
    this.#page.push(Buffer.from(this.#pageText))
    this.#jsonText = this.#pageText = ''
    await this.#append()
  }

  async #append(): Promise<void> {
    for (const chunk of this.#chunks.splice(0)) await this.#file.append(chunk)
  }

  async end(): Promise<SafeFile> {
    this.#json.push(Buffer.from(`${this.#jsonText}${this.#sections === 0 ? '' : ']'}}}`), true)
    this.#page.push(Buffer.from(this.#pageText + pageEnd), true)
    this.#zip.end()
    await this.#append()
    const safe = await this.#file.flush()
    await this.#file.complete()
    return safe
  }

  #writeJson(text: string): void {
    this.#jsonText += text
  }

  #writePage(text: string): void {
    this.#pageText += text
  }
}
