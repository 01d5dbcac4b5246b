const maxDocuments = 1024
/** V8 hashes strings of more than 16,383 characters by their length alone: a look-up would compare all of one length. */
const maxDocumentLength = 16_000

/**
 * What parsing a document gave, by its text. Bounded in number and in length, so that documents nobody sends twice fill
 * no memory; a longer one is parsed each time, which the token limit bounds.
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
