const optional =
  'A key of your own, such as a UUID, that makes a retry safe; an Idempotency-Key header will do as well.'

/** Descriptions of the field `idempotencyKey`. */
export const idempotencyKeyField = { optional, required: `${optional} One of them is required.` } as const
