import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const workspace = 'examples/storefront'

/** What the build of the shop makes. */
export const storefront = {
  sources: join(root, workspace),
  site: join(root, workspace, 'dist/site'),
  manifest: join(root, workspace, 'dist/trusted-documents.json'),
}

/** Builds the shop, and tells of it as it goes on, or quietly: then only of what goes wrong. */
export async function buildStorefront({ quietly = false } = {}): Promise<void> {
  const npm = process.env.npm_execpath
  if (npm === undefined) throw new Error('Run it through npm: npm run storefront')
  if (!existsSync(join(storefront.sources, 'package.json'))) throw new Error(`There is no ${workspace} to build.`)
  const stdio = quietly ? 'pipe' : 'inherit'
  const child = spawn(process.execPath, [npm, 'run', 'build', '-w', workspace], {
    cwd: root,
    // Whatever this process runs as, what it builds is for people: without React's help for developers.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', stdio, stdio],
  })
  const said = Promise.all([child.stdout, child.stderr].map((stream) => stream && text(stream)))
  const [status] = await once(child, 'exit')
  if (status !== 0) {
    const what = (await said).filter(Boolean).join('\n')
    throw new Error(`The shop could not be built. What it is built with comes with: npm install\n${what}`)
  }
  await compress(storefront.site)
}

/** Beside each file that shrinks by it, so that the server has nothing to compress. */
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
