import { promisify } from 'node:util'
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  constants,
  gzip,
  gzipSync,
  type InputType,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { table } from '../table.ts'

const usage = `npm run bench:compression                     what it costs to compress real answers, in CPU and bytes
npm run bench:compression -- --repeats 500    the same, longer`

/** Answers of about 2, 20 and 200 kB. */
const queries = {
  'a short list': '{ products(first: 14) { edges { node { sku name available unitPrice { amount currency } } } } }',
  'a page':
    '{ products(first: 60) { edges { cursor node { id sku name packaging available unitPrice { amount currency } category { id name } supplier { name country } } } } }',
  'a large page': `{ suppliers(first: 30) { edges { node { id name country products(first: 30) { edges { cursor node { id sku name
    packaging available discontinued unitPrice { amount currency } category { id name products(first: 10) { edges { node {
    id sku name unitPrice { amount currency } } } } } } } } } } } }`,
}

interface Method {
  name: string
  now: (text: InputType) => Buffer
  later: (text: InputType) => Promise<Buffer>
}

const methods: Method[] = [
  ...[1, 2, 4, 6].map((level) => {
    return { name: `gzip ${level}`, now: (text: InputType) => gzipSync(text, { level }), later: later(gzip, { level }) }
  }),
  ...[0, 1, 2, 3, 4].map((quality) => {
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }
    const now = (text: InputType) => brotliCompressSync(text, options)
    return { name: `br ${quality}`, now, later: later<BrotliOptions>(brotliCompress, options) }
  }),
  ...[1, 2, 3].map((level) => {
    const options = { params: { [constants.ZSTD_c_compressionLevel]: level } }
    const now = (text: InputType) => zstdCompressSync(text, options)
    return { name: `zstd ${level}`, now, later: later(zstdCompress, options) }
  }),
]

type Compress<O> = (text: InputType, options: O, done: (error: Error | null, result: Buffer) => void) => void

function later<O>(compress: Compress<O>, options: O): Method['later'] {
  const run = promisify<InputType, O, Buffer>(compress)
  return (text) => run(text, options)
}

await runScript(usage, async () => {
  const repeats = countOption('--repeats', readOptions({ repeats: { type: 'string' } }).repeats, 200)
  const rows: string[][] = []
  for (const [name, text] of await answers()) {
    for (const method of methods) rows.push([name, ...(await measured(method, text, repeats))])
  }
  const head = ['answer', 'bytes', 'by', 'compressed', 'CPU µs at once', 'CPU µs in a thread', 'main thread µs of that']
  console.log(table(head, rows))
})

async function answers(): Promise<[string, string][]> {
  await using database = await openDemoDatabase()
  const { dataDir } = database
  await using server = await ServerProcess.open({
    ...{ LOG_LEVEL: 'warn', LOG_FORMAT: 'json', DATA_DIR: dataDir, DATABASE_URL: database.url },
    ...{ RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000', MAX_COST: '1000000' },
  })
  return await Promise.all(
    Object.entries(queries).map(async ([name, query]): Promise<[string, string]> => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
      })
      const text = await response.text()
      if (!text.startsWith('{"data":') || text.includes('"errors"')) throw new Error(text.slice(0, 1000))
      return [name, text]
    }),
  )
}

/** The CPU time of the process includes its threads. */
async function measured({ name, now, later }: Method, text: string, repeats: number): Promise<string[]> {
  const body = Buffer.from(text)
  for (let warm = 0; warm < repeats / 4; warm++) now(body)
  const atOnce = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) now(body)
  const sync = microsOf(process.cpuUsage(atOnce)) / repeats
  const inThread = process.cpuUsage()
  const main = process.threadCpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) await later(body)
  const async = microsOf(process.cpuUsage(inThread)) / repeats
  const ofMain = microsOf(process.threadCpuUsage(main)) / repeats
  const figures = [sync, async, ofMain].map((value) => value.toFixed(0))
  return [String(body.length), name, String(now(body).length), ...figures]
}

function microsOf({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}
