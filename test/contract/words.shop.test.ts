import { beforeAll, describe, expect, it } from 'vitest'
import { isOfShop, orderAsThing, shopWords } from '../../scripts/adopt/shop/files.ts'
import { withoutShop } from '../../scripts/adopt/shop/without-shop.ts'
import { domain } from '../../src/schema.ts'
import { importsOf, lineAt, type Source, sourcesOf } from './support/sources.ts'

/** Tests of other databases that people have, which may have customers too. */
const ofOthers = new RegExp(`^test/(second-domain|scripts/adopt|${domain.name})/`)

let sources: Source[]
beforeAll(async () => {
  const all = (await Promise.all(['src', 'scripts', 'test', 'prisma', 'bench', 'examples'].map(sourcesOf))).flat()
  // What is marked goes with the shop.
  sources = all.map(({ path, text }) => ({ path, text: isOfShop(path) ? text : withoutShop(path, text) }))
})

describe('what stays without the shop', () => {
  it('imports nothing of it', () => {
    const imports = sources.flatMap(importsOf)
    const reaching = imports.filter(({ from, to }) => !isOfShop(from) && isOfShop(to) && from !== 'src/schema.ts')
    expect(reaching.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
    expect(imports.filter(({ to }) => isOfShop(to)).length).toBeGreaterThan(100)
  })

  it.each([
    ['the platform', /^src\/platform\//],
    ['the tests', /^test\//],
  ])('%s: has no word of it', (_what, folder) => {
    const stays = sources.filter(({ path }) => folder.test(path) && !isOfShop(path) && !ofOthers.test(path))
    expect(stays.length).toBeGreaterThan(50)
    expect(stays.flatMap((source) => [...wordsIn(source, shopWords), ...wordsIn(source, orderAsThing)])).toEqual([])
  })

  it('is checked with words that the shop does use', () => {
    const shop = sources.filter(({ path }) => path.startsWith('src/commerce/'))
    expect(shop.flatMap((source) => wordsIn(source, shopWords)).length).toBeGreaterThan(100)
    expect(shop.flatMap((source) => wordsIn(source, orderAsThing)).length).toBeGreaterThan(20)
  })
})

function wordsIn({ path, text }: Source, words: RegExp): string[] {
  return [...text.matchAll(new RegExp(words, `${words.flags}g`))].map(
    (found) => `${path}:${lineAt(text, found.index)} says "${found[0]}"`,
  )
}
