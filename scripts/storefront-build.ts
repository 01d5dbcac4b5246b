import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { installPackages } from './install-packages.ts'

const folder = join(import.meta.dirname, '../examples/storefront')

/** What the build of the shop makes. */
export const storefront = {
  sources: folder,
  site: join(folder, 'dist/site'),
  manifest: join(folder, 'dist/trusted-documents.json'),
}

/** Builds the shop. Prints its output, or quietly only the output of a failure. */
export async function buildStorefront({ quietly = false } = {}): Promise<void> {
  await runInStorefront('build', { quietly })
  await compress(storefront.site)
}

/** Generates the shop's documents and checks its types. */
export function checkStorefront(): Promise<void> {
  return runInStorefront('check', {})
}

async function runInStorefront(script: string, { quietly = false }): Promise<void> {
  if (!existsSync(join(folder, 'package.json'))) throw new Error(`There is no ${folder} to build.`)
  installPackages(folder, 'the shop')
  const stdio = quietly ? 'pipe' : 'inherit'
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: folder,
    // The build is for people, also when a test runs it: without React's development build.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', stdio, stdio],
  })
  const output = Promise.all([child.stdout, child.stderr].map((stream) => stream && text(stream)))
  const [status] = await once(child, 'exit')
  if (status === 0) return
  throw new Error(['The shop could not be built.', ...(await output)].filter(Boolean).join('\n'))
}

/** Writes compressed forms beside each file that they make smaller, so that the server compresses nothing. */
async function compress(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true })
  const texts = files.filter((file) => /\.(?:js|css|html|svg)$/.test(file)).map((file) => join(folder, file))
  await Promise.all(
    texts.map(async (path) => {
      const content = await readFile(path)
      const forms = { br: await promisify(brotliCompress)(content), gz: await promisify(gzip)(content) }
      for (const [extension, form] of Object.entries(forms)) {
        if (form.length < content.length) await writeFile(`${path}.${extension}`, form)
      }
    }),
  )
}
