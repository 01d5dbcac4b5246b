import { join } from 'node:path'
import { z } from 'zod'
import type * as migrate from '../../../../src/platform/database/migrate.ts'
import type * as schemas from '../../../../src/schema.ts'
import { importFrom } from '../../../second-domain/support/project.ts'
import type * as worlds from '../../../support/world.ts'

const payload = z.looseObject({
  replayed: z.boolean(),
  userErrors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })),
})

/** A server with the domain of an adopted project, on a database that this makes. */
export async function adoptedWorld(folder: string, make: (ownerUrl: string) => Promise<void>, env = {}) {
  const module = await importFrom<typeof worlds>(folder, 'test/support/world.ts')
  const { migrateDatabase } = await importFrom<typeof migrate>(folder, 'src/platform/database/migrate.ts')
  const { domain } = await importFrom<typeof schemas>(folder, 'src/schema.ts')
  const world = await module.createWorld({
    data: 'migrated',
    env,
    prepare: async (urls) => {
      await make(urls.ownerUrl)
      await migrateDatabase(urls, join(folder, 'prisma'), domain)
    },
  })
  const mutate = async (field: string, input: object, show = '', viewer = 'admin') => {
    const type = `${field.slice(0, 1).toUpperCase()}${field.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { replayed userErrors { code message path } ${show} } }`
    const answer = await world.as(viewer).query(query, { input: { ...input } })
    const found = module.dataOf(answer, z.record(z.string(), payload))
    return found[field] ?? { replayed: false, userErrors: [] }
  }
  return {
    world,
    ...module,
    /** The payload of a mutation. */
    mutate,
    /** What a mutation is refused with: each code with its path and its message. */
    refused: async (field: string, input: object) => {
      const { userErrors } = await mutate(field, input)
      return userErrors.map(({ code, path, message }) => `${code} ${path.slice(1).join('.')}: ${message}`)
    },
    /** The only one of these root fields, with what it has. */
    ask: async <T>(query: string, shape: z.ZodType<T>, variables: Record<string, unknown> = {}) =>
      module.dataOf(await world.as('admin').query(query, variables), shape),
  }
}

export type AdoptedWorld = Awaited<ReturnType<typeof adoptedWorld>>
