import { execFile } from 'node:child_process'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { servesShop, shopPatterns } from './files.ts'

const compiler = z.looseObject({ exclude: z.array(z.string()) })
const knip = z.looseObject({
  workspaces: z.looseObject({ '.': z.looseObject({ entry: z.array(z.string()) }) }),
})

/**
 * Sets the shop aside once src/schema.ts serves another domain, whose models may have the names of the shop's: its models
 * leave Prisma's folder, and its files are to read, but not compiled any more. What they use still counts as used. Git has
 * the way back.
 */
export async function setShopAside(root: string): Promise<void> {
  if (servesShop(await readFile(join(root, 'src/schema.ts'), 'utf8'))) return
  await rename(join(root, 'prisma/commerce.prisma'), join(root, 'src/commerce/commerce.prisma')).catch(ignoreMissing)
  await change(join(root, 'tsconfig.json'), (text) => {
    const options = compiler.parse(text)
    return { ...options, exclude: [...new Set([...options.exclude, ...shopPatterns])] }
  })
  await change(join(root, 'knip.json'), (text) => {
    const { workspaces, ...options } = knip.parse(text)
    const entry = [...new Set([...workspaces['.'].entry, 'test/**/*.test.ts', 'test/**/*.shop.ts'])]
    return { ...options, workspaces: { '.': { ...workspaces['.'], entry } } }
  })
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
  await promisify(execFile)(process.execPath, [biome, 'format', '--write', 'tsconfig.json', 'knip.json'], { cwd: root })
}

async function change(path: string, changed: (json: unknown) => object): Promise<void> {
  await writeFile(path, `${JSON.stringify(changed(JSON.parse(await readFile(path, 'utf8'))), null, 2)}\n`)
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
