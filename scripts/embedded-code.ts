import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { withSection } from './marked-section.ts'

/** The page with the file of its path in each `<!-- examples/… -->` section. */
export async function withEmbeddedCode(page: string, root: string): Promise<string> {
  let text = page
  for (const [, path = ''] of page.matchAll(/^<!-- (examples\/\S+) -->$/gm)) {
    const code = await readFile(join(root, path), 'utf8')
    text = withSection(text, path, `\`\`\`${extname(path).slice(1)}\n${code.trim()}\n\`\`\``)
  }
  return text
}
