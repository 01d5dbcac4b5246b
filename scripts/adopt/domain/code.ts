/** A string of TypeScript on one line. The formatter chooses the quotes. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** A description from a comment in the database, or a placeholder that says that it is one. */
export function description(comment: string | null, otherwise: string): string {
  const said = comment?.replace(/\s+/g, ' ').trim()
  return quoted(said ? said : `${otherwise} (to be written).`)
}

/** Lines of imports, each from where its names are: those without names are left out. */
export function imports(sources: Record<string, readonly string[]>): string {
  return Object.entries(sources)
    .filter(([, names]) => names.length > 0)
    .map(([source, names]) => `import { ${[...new Set(names)].sort().join(', ')} } from ${quoted(source)}`)
    .join('\n')
}

/** A file of a new domain, by its path in the repository. */
export interface WrittenFile {
  path: string
  text: string
}
