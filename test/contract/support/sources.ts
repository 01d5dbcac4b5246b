import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

export const repository = join(import.meta.dirname, '../../..')

export interface Source {
  /** From the repository's root: `src/platform/graphql/builder.ts` */
  path: string
  text: string
}

export interface Import {
  from: string
  line: number
  /** A path from the repository's root, or the name of a package. */
  to: string
}

/** The TypeScript of a folder, without what is generated. */
export async function sourcesOf(folder: string): Promise<Source[]> {
  const entries = await readdir(join(repository, folder), { recursive: true })
  const paths = entries.filter((entry) => entry.endsWith('.ts') && !entry.startsWith('generated/')).sort()
  return Promise.all(
    paths.map(async (entry) => ({
      path: join(folder, entry),
      text: await readFile(join(repository, folder, entry), 'utf8'),
    })),
  )
}

/** Imports of every form: static, of types, re-exports, for their effects, dynamic, `require`. */
export function importsOf({ path, text }: Source): Import[] {
  return [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g)].map((found) => ({
    from: path,
    line: lineAt(text, found.index),
    to: target(path, found[2] ?? ''),
  }))
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function target(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  if (specifier.startsWith('/') || specifier.startsWith('file:')) return relative(repository, specifier)
  return specifier
}
