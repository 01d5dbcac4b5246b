import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prismaFolder } from '../../../src/app.ts'
import { externalNames } from '../../../src/platform/database/external-tables.ts'
import { Migrations } from '../../../src/platform/database/migrations.ts'

const model = `// external: another system owns these tables.

enum Genre {
  ROCK
  @@map("genre \\"kind\\"")
  @@schema("music")
}

model Artist {
  id    Int    @id @map("artist_id")
  genre Genre

  @@map("artist")
  @@schema("music")
}

view TopArtist {
  id Int @unique @map("artist_id")

  @@map("top_artist")
  @@schema("music")
}
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-external-'))
  await cp(prismaFolder, folder, { recursive: true })
  const schema = await readFile(join(folder, 'schema.prisma'), 'utf8')
  await writeFile(join(folder, 'schema.prisma'), schema.replace('"platform"', '"platform", "music"'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('models of external tables', () => {
  it('are known by the first line of their file', () => {
    expect(externalNames([{ content: model }, { content: model.replace('// external', '// own') }])).toEqual({
      externalTables: ['music.artist', 'music.top_artist'],
      externalEnums: ['music.genre "kind"'],
    })
  })

  it('need no migration; without that line they would', async () => {
    const file = join(folder, 'music.prisma')
    const { url } = inject('server')
    await writeFile(file, model)
    expect(await new Migrations(url, folder, 'music').difference()).toBeUndefined()
    await writeFile(file, model.replace('// external', '// own'))
    expect(await new Migrations(url, folder, 'music').difference()).toContain('CREATE TABLE "music"."artist"')
  })
})
