import { z } from 'zod'
import type { Prisma } from '../../generated/prisma/client.ts'

/** The object of a JSON column. */
export const jsonObject: z.ZodType<Prisma.JsonObject> = z.record(z.string(), z.json())
