import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { graphqlPathOf, restPathOf } from '../../src/platform/http/exchange.ts'
import { operationFolder, readCatalogue } from '../../src/platform/operations/catalogue.ts'
import { hashOf } from '../../src/platform/trusted-documents/document-id.ts'
import { audienceSchemas, domain, schema } from '../../src/schema.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { spreadOf } from '../statistics.ts'
import { cpuMicros } from '../streams/process-cpu.ts'

const usage = `npm run bench:rest                     what an operation costs over REST, beside the same one by its documentId
npm run bench:rest -- --rounds 60      the same, longer`

const shapes = [
  { name: 'OrderList', audience: undefined, path: '/orders', first: 20, cacheBytes: 0 },
  { name: 'ProductList', audience: 'storefront', path: '/products', first: 20, cacheBytes: 0 },
  { name: 'ProductList', audience: 'storefront', path: '/products', first: 20, cacheBytes: 10_000_000 },
] as const
type Shape = (typeof shapes)[number]

const requests = 1000
const concurrency = 4

await runScript(usage, async () => {
  const rounds = countOption('--rounds', readOptions({ rounds: { type: 'string' } }).rounds, 20)
  await using database = await openDemoDatabase()
  for (const shape of shapes) {
    await using server = await ServerProcess.open({
      ...{ LOG_LEVEL: 'warn', LOG_FORMAT: 'json', DATA_DIR: database.dataDir, DATABASE_URL: database.url },
      ...{ RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000', RATE_LIMIT_CAPACITY: '1000000000' },
      RESPONSE_CACHE_BYTES: String(shape.cacheBytes),
    })
    report(shape, await measure(server, await urlsOf(shape), await headersOf(shape, database.dataDir), rounds))
  }
})

interface Urls {
  rest: string
  documentId: string
}

async function urlsOf({ name, audience, path, first }: Shape): Promise<Urls> {
  const part = audience === undefined ? schema : audienceSchemas.get(audience)
  if (!part || !domain.operations) throw new Error(`there are no operations for ${audience}`)
  const { operations } = await readCatalogue(operationFolder(domain.operations.folder, audience), part)
  const operation = operations.find((each) => each.name === name)
  if (!operation) throw new Error(`there is no ${name}`)
  const asked = { documentId: `sha256:${hashOf(operation.text)}`, variables: JSON.stringify({ first }) }
  return {
    rest: `${restPathOf(audience)}${path}?first=${first}`,
    documentId: `${graphqlPathOf(audience)}?${new URLSearchParams(asked)}`,
  }
}

async function headersOf({ audience }: Shape, dataDir: string): Promise<Record<string, string>> {
  if (audience !== undefined) return { accept: 'application/json' }
  const admin = domain.demo?.ofRole('admin')
  if (!admin) throw new Error('the domain has no demo')
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, admin)
  return { accept: 'application/json', authorization: `Bearer ${token}` }
}

/** The CPU time of a request in each form, in microseconds, by rounds. The first round warms up. */
async function measure(server: ServerProcess, urls: Urls, headers: Record<string, string>, rounds: number) {
  const figures: Record<keyof Urls, number[]> = { rest: [], documentId: [] }
  for (let round = 0; round <= rounds; round++) {
    // Each comes first as often as the other.
    const forms: (keyof Urls)[] = round % 2 === 0 ? ['rest', 'documentId'] : ['documentId', 'rest']
    for (const form of forms) {
      const before = cpuMicros(server.pid)
      await Promise.all(Array.from({ length: concurrency }, () => askOften(`${server.url}${urls[form]}`, headers)))
      if (round > 0) figures[form].push((cpuMicros(server.pid) - before) / requests)
    }
  }
  return figures
}

async function askOften(url: string, headers: Record<string, string>): Promise<void> {
  for (let request = 0; request < requests / concurrency; request++) {
    const response = await fetch(url, { headers })
    const text = await response.text()
    if (response.status !== 200 || text.includes('"errors"')) throw new Error(text)
  }
}

function report({ name, cacheBytes }: Shape, { rest, documentId }: Record<keyof Urls, number[]>): void {
  const said = (values: number[]) => {
    const { median, lowest, highest } = spreadOf(values)
    return `${median.toFixed(0)} µs a request (${lowest.toFixed(0)} to ${highest.toFixed(0)})`
  }
  const ratio = spreadOf(rest.map((value, round) => value / (documentId[round] ?? Number.NaN)))
  console.log(`${name}${cacheBytes > 0 ? ', cached' : ''}`)
  console.log(`  by documentId: ${said(documentId)}`)
  console.log(`  over REST:     ${said(rest)}`)
  console.log(`  ratio: ${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`)
}
