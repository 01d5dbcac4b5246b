import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export const index =
  '<!doctype html><title>A site</title><script type="module" src="/shop/assets/index-B1a2c3d4.js"></script>'
export const script = 'document.title = "It runs"\n'
export const beside = 'not to be handed out'

/** A folder as a build leaves it, with files in it and beside it that must not be served. */
export class MadeSite implements AsyncDisposable {
  readonly #root: string
  readonly folder: string

  private constructor(root: string) {
    this.#root = root
    this.folder = join(root, 'site')
  }

  static async make(): Promise<MadeSite> {
    const site = new MadeSite(await mkdtemp(join(tmpdir(), 'frontdoor-site-')))
    await mkdir(join(site.#root, 'site-not'))
    await writeFile(join(site.#root, 'beside.txt'), beside)
    await writeFile(join(site.#root, 'site-not/beside.txt'), beside)
    await site.write('.env', beside)
    await site.write('.hidden/beside.txt', beside)
    await site.write('index.html', index)
    await site.write('favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
    await site.write('assets/index-B1a2c3d4.js', script)
    await site.write('assets/index-B1a2c3d4.js.gz', gzipSync(script))
    return site
  }

  async write(path: string, content: string | Buffer): Promise<void> {
    await mkdir(join(this.folder, path, '..'), { recursive: true })
    await writeFile(join(this.folder, path), content)
  }

  remove(path: string): Promise<void> {
    return rm(join(this.folder, path))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#root, { recursive: true })
  }
}
