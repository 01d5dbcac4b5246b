import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApp } from '../../../src/app.ts'
import { ConfigError, parseConfig } from '../../../src/platform/config/config.ts'

const sha256 = (document: string) => createHash('sha256').update(document).digest('hex')
const entry = (document: string): [string, string] => [`sha256:${sha256(document)}`, document]
const shortOf = (document: string) => `${`sha256:${sha256(document)}`.slice(0, 19)}…`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-manifests-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function written(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** The error of a server that does not start. It reads no database before. */
async function errorsOf(path: string): Promise<string[]> {
  const config = parseConfig({
    NODE_ENV: 'test',
    PORT: '0',
    TRUSTED_DOCUMENTS: 'enforce',
    TRUSTED_DOCUMENTS_PATH: path,
  })
  const error: unknown = await openApp(config, 'postgresql://127.0.0.1:1/none', pino({ level: 'silent' })).catch(
    (error: unknown) => error,
  )
  if (!(error instanceof ConfigError)) throw error
  return error.message.split('\n')
}

describe('a manifest stops the start', () => {
  const broken = 'query Broken { viewer { '
  const misfit = 'query Misfit {\n  viewer { nope }\n}'
  const nameless = '{ viewer { kind } }'
  const apollo = 'apollo-persisted-query-manifest'
  const wrong: [what: string, content: unknown, error: string][] = [
    ['that is no JSON', '{', 'it is not JSON'],
    ['that is a list', [], 'it is neither {"<hash>": "<document>"} nor'],
    ['that has no documents', { [`sha256:${sha256(nameless)}`]: 5 }, 'it is neither {"<hash>": "<document>"} nor'],
    [
      'of another version',
      { format: apollo, version: 2, operations: [] },
      'it is neither {"<hash>": "<document>"} nor',
    ],
    ['without operations', { format: apollo, version: 1 }, 'it is neither {"<hash>": "<document>"} nor'],
    [
      'with the hash of another document',
      Object.fromEntries([[`sha256:${sha256(nameless)}`, 'query Mine { viewer { kind } }']]),
      `"Mine" (${shortOf(nameless)}): the id is not the SHA-256 of the document`,
    ],
    [
      'with the hash of another document, as Apollo writes it',
      { format: apollo, version: 1, operations: [{ id: sha256(nameless), body: 'query Mine { viewer { kind } }' }] },
      `"Mine" (${sha256(nameless).slice(0, 19)}…): the id is not the SHA-256 of the document`,
    ],
    [
      'with hashes of another kind',
      { [createHash('sha1').update(nameless).digest('hex')]: nameless },
      'the id is no SHA-256 in lower-case hex',
    ],
    [
      'with an id in upper case',
      { [sha256(nameless).toUpperCase()]: nameless },
      'the id is no SHA-256 in lower-case hex',
    ],
    [
      'with a document that is no GraphQL',
      Object.fromEntries([entry(broken)]),
      `"Broken" (${shortOf(broken)}): Syntax Error: Expected Name, found <EOF>. (line 1, column 25)`,
    ],
    [
      'with a document that does not fit the schema',
      Object.fromEntries([entry(misfit)]),
      `"Misfit" (${shortOf(misfit)}): Cannot query field "nope" on type "Viewer". (line 2, column 12)`,
    ],
  ]
  it.each(wrong)('%s', async (_what, content, error) => {
    const path = await written('manifest.json', content)
    const [heading, ...errors] = await errorsOf(path)
    expect(heading).toBe('The trusted documents have 1 error(s):')
    expect(errors).toEqual([expect.stringContaining(`  - ${path}: `)])
    expect(errors[0]).toContain(error)
  })

  it('with every error of every readable file at once', async () => {
    const many = join(folder, 'many')
    await mkdir(many)
    const documents = Array.from({ length: 15 }, (_, index) => entry(`{ nope${index} }`))
    for (const name of ['android.json', 'web.json']) {
      await writeFile(join(many, name), JSON.stringify(Object.fromEntries(documents)))
    }
    await writeFile(join(many, '<web>.json'), '{}')
    const [heading, ...errors] = await errorsOf(many)
    expect(heading).toBe('The trusted documents have 31 error(s):')
    expect(errors).toHaveLength(21)
    expect(errors[0]).toBe(`  - ${join(many, '<web>.json')}: no client can have the name "<web>"`)
    expect(errors.at(-1)).toBe('  … and 11 more')
  })

  it('that is missing, or a folder without one', async () => {
    const missing = join(folder, 'missing.json')
    expect(await errorsOf(missing)).toEqual([
      expect.stringMatching(/^TRUSTED_DOCUMENTS_PATH: .*missing\.json cannot be read: ENOENT/),
    ])
    const empty = join(folder, 'empty')
    await mkdir(empty)
    expect(await errorsOf(empty)).toEqual([`TRUSTED_DOCUMENTS_PATH: the folder ${empty} has no .json file.`])
  })
})
