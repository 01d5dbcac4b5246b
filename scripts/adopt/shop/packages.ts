import { z } from 'zod'

const dependencies = z.record(z.string(), z.string())
const packageJson = z.object({ dependencies, devDependencies: dependencies })

/** The files that stay, without the packages that only texts of files that go import. */
export function withoutPackages(stays: ReadonlyMap<string, string>, gone: readonly string[]): Map<string, string> {
  const left = new Map(stays)
  const text = left.get('package.json')
  if (text === undefined) return left
  const json = packageJson.parse(JSON.parse(text))
  const kept = [...stays.values()]
  const names = [...Object.keys(json.dependencies), ...Object.keys(json.devDependencies)]
  const unused = new Set(names.filter((name) => isImportedBy(gone, name) && !isImportedBy(kept, name)))
  for (const name of names) if (unused.has(name.replace(/^@types\//, ''))) unused.add(name)
  if (unused.size === 0) return left
  const isUsed = (line: string) => !unused.has(/^ {4}"([^"]+)": "/.exec(line)?.[1] ?? '')
  left.set('package.json', withLines(text, isUsed).replace(/,(\n {2}\})/g, '$1'))
  const page = left.get('docs/dependencies.md')
  if (page !== undefined)
    left.set(
      'docs/dependencies.md',
      withLines(page, (line) => !tellsOnlyOf(line, unused)),
    )
  return left
}

function isImportedBy(texts: readonly string[], name: string): boolean {
  const imported = new RegExp(`(?:\\bfrom|\\bimport|\\bimport\\(|resolve\\()\\s*['"]${name}(?:/[^'"]*)?['"]`)
  return texts.some((text) => imported.test(text))
}

function withLines(text: string, isKept: (line: string) => boolean): string {
  return text.split('\n').filter(isKept).join('\n')
}

/** Whether this is the row of a table that tells of nothing but these packages. */
function tellsOnlyOf(line: string, packages: ReadonlySet<string>): boolean {
  const named = [...(/^\| (`.*?) \|/.exec(line)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  return named.length > 0 && named.every((name) => packages.has(name))
}
