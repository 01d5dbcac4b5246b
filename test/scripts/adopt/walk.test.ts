import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadMusic } from '../../second-domain/support/load.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { foreignDatabase } from './support/foreign-database.ts'
import { freshClone } from './support/fresh-clone.ts'

const root = join(import.meta.dirname, '../../..')
const mark = '::: end of a block'

interface Block {
  /** `sh`, `sh server`, `text` or `diff`. */
  kind: string
  text: string
}

let database: Awaited<ReturnType<typeof foreignDatabase>>
let clone: Awaited<ReturnType<typeof freshClone>>
let server: ServerProcess | undefined
beforeAll(async () => {
  database = await foreignDatabase()
  await loadMusic(database.url, ['chinook.sql'])
  clone = await freshClone()
  await writePrograms()
}, 120_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await clone?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

const bin = () => join(clone.folder, 'node_modules.bin')

/** The programs of PostgreSQL that the page uses, which a machine may lack. The database of this test is loaded already. */
async function writePrograms(): Promise<void> {
  await mkdir(bin())
  const psql = `#!${process.execPath}
import pg from '${import.meta.resolve('pg')}'
const [how, what] = process.argv.slice(-2)
if (how === '--file') process.exit()
const client = new pg.Client({ connectionString: ${JSON.stringify(database.url)} })
await client.connect()
await client.query(what)
await client.end()
`
  const programs = { createdb: '#!/bin/sh\n', 'psql.mjs': psql, psql: '#!/bin/sh\nexec "$0.mjs" "$@"\n' }
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin(), name), text)
    await chmod(join(bin(), name), 0o755)
  }
  await writeFile(join(clone.folder, '.git/info/exclude'), 'node_modules\nnode_modules.bin\n')
}

/** The blocks of the walk, in order. */
async function blocksOfWalk(): Promise<Block[]> {
  const page = await readFile(join(root, 'docs/adopt.md'), 'utf8')
  const walk = page.slice(page.indexOf('\n## A walk'), page.indexOf('\n## By hand'))
  return [...walk.matchAll(/^```(sh server|sh|text|diff)\n(.*?)^```$/gms)].map(([, kind = '', text = '']) => ({
    kind,
    text,
  }))
}

/** Runs the blocks so far in one shell, as a reader's terminal has run them, and returns what the last one printed. */
async function outputOf(blocks: readonly string[], ran: number): Promise<string> {
  // What earlier blocks did is done; what they named is still known.
  const names = blocks.slice(0, ran).map((block) => block.replaceAll(/^(?!\w+\(\)|\w+=| {2}).*\n/gm, ''))
  const script = [...names, `echo '${mark}'\n`, ...blocks.slice(ran)].join('')
  const here = script
    .replaceAll('http://127.0.0.1:4000', server?.url ?? '')
    .replaceAll('postgresql://localhost/chinook', database.url)
  const path = [bin(), dirname(process.execPath), process.env.PATH].join(delimiter)
  const names4git = { GIT_AUTHOR_NAME: 'test', GIT_COMMITTER_NAME: 'test', EMAIL: 'test@example.org' }
  const env = { PATH: path, HOME: process.env.HOME, ...names4git }
  const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], { cwd: clone.folder, env })
  return (await running).stdout.split(`${mark}\n`)[1] ?? ''
}

async function apply(text: string): Promise<void> {
  const patch = join(bin(), 'change.patch')
  await writeFile(patch, text)
  await promisify(execFile)('git', ['apply', patch], { cwd: clone.folder })
}

async function restart(): Promise<void> {
  await server?.[Symbol.asyncDispose]()
  server = new ServerProcess({ ENV_FILE: '', METRICS_PORT: '0' }, undefined, clone.folder)
  await server.says(/(is open)/)
  server.url = await server.says(/API and GraphiQL +(http:\S+)\/graphql/)
}

/** An ellipsis stands for what differs from run to run. */
function patternOf(text: string): RegExp {
  const escaped = text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('…', '.+?')}$`, 's')
}

it('the walk of docs/adopt.md does what the page says', async () => {
  const shell: string[] = []
  let printed = ''
  const blocks = await blocksOfWalk()
  expect(blocks.length).toBeGreaterThan(20)
  for (const { kind, text } of blocks) {
    if (kind === 'diff') await apply(text)
    else if (kind === 'sh server') await restart()
    else if (kind === 'text') expect(printed.trim()).toMatch(patternOf(text))
    else {
      shell.push(text)
      printed = await outputOf(shell, shell.length - 1)
    }
  }
}, 600_000)
