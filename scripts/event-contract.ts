import { z } from 'zod'
import type { Topic } from '../src/platform/events/topic.ts'

/** The part of JSON Schema that payloads use. */
export type PayloadForm = z.infer<typeof payloadForm>

const payloadForm = z.looseObject({
  description: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), payloadForm).optional()
  },
  get items() {
    return payloadForm.optional()
  },
})

const versions = z.record(z.string(), payloadForm)
const contract = z.record(z.string(), versions)

/** The form of each payload, by topic and version. */
export type EventContract = z.infer<typeof contract>

export function contractOf(topics: readonly Topic[]): EventContract {
  return Object.fromEntries(byName(topics).map((topic) => [topic.name, { [topic.version]: formOf(topic) }]))
}

/** The order in which topics are printed. */
export function byName(topics: readonly Topic[]): Topic[] {
  return topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** What `emit` accepts is what is written. Other properties are allowed: a later release may add some. */
export function formOf({ payload }: Topic): PayloadForm {
  return payloadForm.parse(z.toJSONSchema(payload, { io: 'input' }))
}

export function parseContract(text: string): EventContract {
  return contract.parse(JSON.parse(text))
}

export function printContract(printed: EventContract): string {
  return `${JSON.stringify(printed, null, 2)}\n`
}
