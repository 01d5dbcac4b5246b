const maxDocuments = 1024
/** V8 hashes longer strings (from 16,384 characters) by their length alone: a look-up would compare all of one length. */
const maxDocumentLength = 16_000

/**
 * Parsed documents by their text. Both their number and their length are bounded, so that documents that come once cannot
 * fill the memory. A longer document is parsed each time; the token limit bounds that work.
 */
export class DocumentCache<Parsed> {
  readonly #parsed = new Map<string, Parsed>()

  get(text: string): Parsed | undefined {
    return text.length > maxDocumentLength ? undefined : this.#parsed.get(text)
  }

  set(text: string, parsed: Parsed): void {
    if (text.length > maxDocumentLength) return
    const oldest = this.#parsed.size >= maxDocuments ? this.#parsed.keys().next().value : undefined
    if (oldest !== undefined) this.#parsed.delete(oldest)
    this.#parsed.set(text, parsed)
  }
}
