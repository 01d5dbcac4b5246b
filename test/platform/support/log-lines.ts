import { z } from 'zod'

/** The properties of every pino line. */
const frame = { time: z.number(), pid: z.number(), hostname: z.string() }
/** The properties of an operation's line, and no others. */
export const operationLine = z.strictObject({
  ...frame,
  level: z.literal(30),
  msg: z.literal('operation'),
  requestId: z.string().min(1),
  operation: z.string().optional(),
  type: z.enum(['query', 'mutation']).optional(),
  client: z.string().optional(),
  viewer: z.string().optional(),
  durationMs: z.number().positive(),
  statements: z.int().min(0),
  rows: z.int().min(0),
  cost: z.int().min(0).optional(),
  compiled: z.literal(true).optional(),
  errors: z.array(z.string()).optional(),
})
/** An error whose cause is hidden from the client. */
export const failedLine = z.strictObject({
  ...frame,
  level: z.literal(50),
  msg: z.literal('failed'),
  requestId: z.string(),
  code: z.string(),
  path: z.array(z.union([z.string(), z.number()])),
  err: z.looseObject({ type: z.string(), message: z.string(), stack: z.string() }),
})
