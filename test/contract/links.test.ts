import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { repository, sourcesOf } from './support/sources.ts'

interface Page {
  path: string
  text: string
}

let pages: Map<string, string>
beforeAll(async () => {
  const exclude = (name: string) => /(?:^|\/)(?:node_modules|\.git|\.data|dist|test-artifacts)$/.test(name)
  const paths = await Array.fromAsync(glob('**/*.md', { cwd: repository, exclude }))
  const read = paths.map(async (path) => [path, await readFile(join(repository, path), 'utf8')] as const)
  pages = new Map(await Promise.all(read))
})

describe('the Markdown pages', () => {
  it('link to files that exist, and to headings that are in them', () => {
    const all = [...pages].map(([path, text]) => ({ path, text }))
    expect(all.length).toBeGreaterThan(20)
    expect(all.flatMap(linksOf).length).toBeGreaterThan(100)
    expect(all.flatMap(brokenLinks)).toEqual([])
  })

  it('fail this test with a link to a missing file or heading', () => {
    const text =
      '# Top\n[a](missing.md) [b](#missing) [c](docs/api.md#missing) [d](#top) [e](docs/api.md)\n`[f](code.md)`'
    expect(brokenLinks({ path: 'README.md', text })).toEqual([
      'README.md: missing.md',
      'README.md: #missing',
      'README.md: docs/api.md#missing',
    ])
  })

  it('are all in docs/README.md, where they belong to the documentation', () => {
    const path = 'docs/README.md'
    const linked = linksOf({ path, text: pages.get(path) ?? '' }).map((target) => join('docs', target))
    const documentation = [...pages.keys()].filter((page) => page.startsWith('docs/') && page !== path)
    expect(documentation.filter((page) => !linked.includes(page))).toEqual([])
  })
})

describe('the sources', () => {
  it('name pages that exist', async () => {
    const sources = (await Promise.all(['src', 'scripts', 'test', 'prisma'].map(sourcesOf))).flat()
    const named = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md/g)].map(([page]) => ({ path, page })),
    )
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter(({ page }) => !pages.has(page))).toEqual([])
  })
})

function brokenLinks(page: Page): string[] {
  return linksOf(page)
    .filter((target) => !leadsSomewhere(page, target))
    .map((target) => `${page.path}: ${target}`)
}

/** Targets inside this repository: not URLs. Code has no links. */
function linksOf({ text }: Page): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [file = '', heading] = decodeURIComponent(target).split('#')
  const path = file === '' ? page.path : relative(repository, join(repository, dirname(page.path), file))
  if (!existsSync(join(repository, path))) return false
  const text = file === '' ? page.text : pages.get(path)
  return heading === undefined || (text !== undefined && headingsOf(text).includes(heading))
}

/** As GitHub makes anchors of headings: lower case, punctuation dropped, spaces as hyphens. */
function headingsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
