let isKeyRead = true

/**
 * The `select` of every type of rows: it reads the columns that the fields of the document declare, and no others.
 * plugin-prisma finds a row again by its key where a selection needs a second statement, so the key is read too, except
 * in a plan for which that is ruled out. A field whose resolver uses the key declares it.
 */
export const declaredColumns: Record<never, true> = {
  get id() {
    return isKeyRead
  },
}

/** For a plan of one statement: a key that no field declares would often be longer than the rest of its row. */
export function withoutKeys<Plan>(plan: () => Plan): Plan {
  isKeyRead = false
  try {
    return plan()
  } finally {
    isKeyRead = true
  }
}
