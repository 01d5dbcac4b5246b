import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const service = z.looseObject({
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).default([]),
})
const file = z.looseObject({ services: z.record(z.string(), service) })

const { services } = file.parse(
  parse(readFileSync(join(import.meta.dirname, '../compose.yaml'), 'utf8'), { merge: true }),
)

/** What deploy/compose.yaml says of this service. */
export function serviceOf(name: string): z.infer<typeof service> {
  const found = services[name]
  if (!found) throw new Error(`deploy/compose.yaml has no service ${name}`)
  return found
}
