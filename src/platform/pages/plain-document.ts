import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A page without scripts that loads nothing else. */
export class PlainDocument {
  #style: Promise<string> | undefined

  async html(title: string, nonce: string, body: string): Promise<string> {
    this.#style ??= readFile(join(import.meta.dirname, 'landing.css'), 'utf8')
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${await this.#style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
  }
}
