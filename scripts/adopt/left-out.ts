/** Something of the database that the API does not show. */
export interface LeftOut {
  /** By its names in PostgreSQL: `sales.order`, `sales.order.span`. */
  what: string
  /** Why, as a part of a sentence: `has no key`. */
  reason: string
  /** What its owner or the adopter can do, as a sentence. */
  advice: string
}

/** One line for each: reasons that many share are said once. */
export function saidLeftOut(leftOut: readonly LeftOut[]): string {
  const groups = Map.groupBy(leftOut, ({ reason, advice }) => `${reason}. ${advice}`)
  return [...groups].map(([why, all]) => `  ${all.map(({ what }) => what).join(', ')}: ${why}`).join('\n')
}
