import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEnvironment, type Environment } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { ServerProcess } from '../support/server-process.ts'
import { Warehouse } from './support/warehouse.ts'

const root = join(import.meta.dirname, '../..')
const mark = '::: end of a block'

let environment: Environment
let server: ServerProcess
let warehouse: Warehouse
/** Of the receiver of webhooks. */
let port: number
beforeAll(async () => {
  port = await freePort()
  environment = await createEnvironment('demo')
  server = await ServerProcess.open({ ...environment.env, LOG_LEVEL: 'warn' })
  warehouse = await Warehouse.create(async () => ({ url: server.url, token: '' }))
})
afterAll(async () => {
  await warehouse?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  await environment?.[Symbol.asyncDispose]()
})

/** The blocks of a page in this language, in order. */
function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text)
}

/** Runs blocks one after the other in one shell, as a reader does. Returns what each printed. */
async function outputsOf(blocks: readonly string[]): Promise<string[]> {
  const addresses: Record<string, string> = {
    'http://127.0.0.1:4000': server.url,
    'postgresql://localhost/warehouse': warehouse.url,
    'http://127.0.0.1:5000': `http://127.0.0.1:${port}`,
    'PORT=5000': `PORT=${port}`,
  }
  const script = blocks.map((block) => `${block}echo '${mark}'\n`).join('')
  const here = Object.entries(addresses).reduce((text, [written, real]) => text.replaceAll(written, real), script)
  const env = { PATH: process.env.PATH, FRONTDOOR_URL: server.url, DATA_DIR: environment.dataDir }
  const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here], { cwd: root, env, timeout: 120_000 })
  return (await running).stdout.replaceAll('\r\n', '\n').split(`${mark}\n`).slice(0, -1)
}

describe('the commands of docs/integration.md', () => {
  it('print what the page says', async () => {
    const page = await readFile(join(root, 'docs/integration.md'), 'utf8')
    const [setUp = '', ...commands] = blocksOf(page, 'sh')
    const expected = blocksOf(page, 'text')
    expect(commands).toHaveLength(expected.length)
    const [, ...printed] = await outputsOf([setUp, ...commands])
    for (const [at, text] of printed.entries()) expect(text.trimEnd()).toMatch(patternOf(expected[at] ?? ''))
  }, 120_000)
})

/** An ellipsis stands for what differs from run to run. */
function patternOf(text: string): RegExp {
  const escaped = text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('…', '[^\\n]+?')}$`)
}

describe('the commands of examples/warehouse/README.md', () => {
  it('fill the warehouse, and its statement finds the sales', async () => {
    const page = await readFile(join(root, 'examples/warehouse/README.md'), 'utf8')
    const [, run = ''] = blocksOf(page, 'sh')
    await outputsOf([run])
    const [statement = ''] = blocksOf(page, 'sql')
    const row = z.object({ year: z.number(), month: z.number(), category: z.string(), net: z.string() })
    const rows = await warehouse.rows(statement, row)
    expect(rows[0]).toEqual({ year: 1996, month: 7, category: 'Dairy Products', net: '6838.34' })
  })
})
