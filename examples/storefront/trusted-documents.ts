import { readFile, writeFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

/** Writes the manifest of this build's documents beside the site, and not into it: the server reads it. */
export function trustedDocuments(from: string, to: string): Plugin {
  return {
    name: 'trusted-documents',
    apply: 'build',
    async closeBundle() {
      const manifest = await readFile(from, 'utf8')
      await writeFile(to, manifest)
      this.info(`${to}: ${Object.keys(JSON.parse(manifest)).length} documents the server may trust`)
    },
  }
}
