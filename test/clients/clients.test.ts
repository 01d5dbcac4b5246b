import { exec } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { buildSchema, isScalarType, isSpecifiedScalarType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'examples/clients')
const names = ['apollo', 'codegen', 'fetch', 'gql-tada', 'graphql-request', 'persisted-get', 'relay', 'urql'] as const
type Name = (typeof names)[number]
/** Whom a program calls for; the others call for nobody. */
const callers: Partial<Record<Name, string>> = {
  apollo: 'customer ANATR',
  codegen: 'customer BONAP',
  fetch: 'customer ALFKI',
  'graphql-request': 'admin',
  urql: 'customer FRANK',
}

let world: World
let hiccup: Awaited<ReturnType<typeof startHiccup>>
let checked: string
const printed = new Map<Name, unknown>()
beforeAll(async () => {
  await runScript('generate')
  world = await createWorld({
    env: {
      TRUSTED_DOCUMENTS: 'log',
      TRUSTED_DOCUMENTS_PATH: join(folder, 'manifests'),
      RESPONSE_CACHE_BYTES: '1000000',
      RESPONSE_MAX_AGE_SECONDS: '7',
    },
  })
  hiccup = await startHiccup(world.url)
  const programs = names.map(async (name) => {
    const token = callers[name] && (await world.tokenFor(callers[name]))
    const url = name === 'fetch' ? hiccup.url : world.url
    printed.set(name, JSON.parse(await runScript(name, { FRONTDOOR_URL: url, FRONTDOOR_TOKEN: token })))
  })
  const check = async () => {
    checked = await runScript('check')
  }
  await Promise.all([check(), ...programs])
}, 120_000)
afterAll(async () => {
  hiccup?.server.close()
  await world?.close()
})

/** Runs a script of the examples as npm does, without npm's own start, and gives what it prints. */
async function runScript(name: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  const { stdout } = await promisify(exec)(scripts[name] ?? 'false', {
    cwd: folder,
    env: { ...process.env, PATH: path, ...env },
    timeout: 60_000,
  })
  return stdout
}

/** Stands before the server, and lets the first request run and loses its answer. */
async function startHiccup(url: string) {
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const { authorization = '', accept = '' } = request.headers
    const headers = {
      accept,
      authorization,
      'content-type': 'application/json',
      'graphql-client-name': String(request.headers['graphql-client-name']),
    }
    const answer = await fetch(`${url}${request.url}`, { method: 'POST', headers, body: await text(request) })
    const body = await answer.text()
    const isLost = statuses.length === 0
    statuses.push(isLost ? 502 : answer.status)
    response.writeHead(isLost ? 502 : answer.status).end(isLost ? '<h1>Bad Gateway</h1>' : body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { server, statuses, url: `http://127.0.0.1:${port}` }
}

const logLine = z.object({ client: z.string(), operation: z.string().optional(), statements: z.number() })

/** The operations that came from a client, with how many statements each ran. */
function operationsOf(name: Name): string[] {
  return world.logLines
    .map((line) => logLine.safeParse(JSON.parse(line)).data)
    .filter((line) => line?.client === name)
    .map((line) => `${line?.operation} ${line?.statements}`)
}

describe('what is generated from schema.graphql', () => {
  it('has no type error anywhere', () => {
    expect(checked).toBe('')
  })
})

describe('x', () => { it('dump', () => { for (const n of names) console.log(n, JSON.stringify(printed.get(n)), operationsOf(n)); console.log(hiccup.statuses) }) })
describe('docs/clients.md', () => {
  it('has every client there is, and each is tested here', async () => {
    const page = await readFile(join(root, 'docs/clients.md'), 'utf8')
    const entries = await readdir(folder, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory() && !['manifests', 'node_modules'].includes(entry.name))
    expect(folders.map(({ name }) => name).sort()).toEqual(names)
    for (const name of names) expect(page).toContain(`<!-- examples/clients/${name}/main.ts`)
  })

  it('says of every scalar how it is written', async () => {
    const page = await readFile(join(root, 'docs/clients.md'), 'utf8')
    const types = Object.values(buildSchema(await readFile(join(root, 'schema.graphql'), 'utf8')).getTypeMap())
    const scalars = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type)).map(({ name }) => name)
    expect(scalars.filter((name) => !page.includes(`\n| \`${name}\` |`))).toEqual([])
  })
})
