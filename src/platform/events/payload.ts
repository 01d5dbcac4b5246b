import { z } from 'zod'

/** The public id of an object of this type. */
export function idOf(typeName: string) {
  return z.string().describe(`The id of the ${typeName}.`)
}

export const changedFields = z.array(z.string()).describe('The fields of the API with new values.')

/**
 * The payload of a topic for writes in plain SQL: see capture.ts.
 * @public
 */
export const rowChange = {
  change: z.enum(['INSERTED', 'UPDATED', 'DELETED']).describe('What was done to the row.'),
  changed: z.array(z.string()).describe('The fields of the API with new values; empty unless the row was updated.'),
}
