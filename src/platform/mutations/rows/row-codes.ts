/** The codes of user errors of mutations that write one row of a table: see row-writes.ts. */
export const rowCodes = {
  NOT_FOUND: 'There is no such row, or none that this viewer sees.',
  NOT_VISIBLE: 'The row would be one that this viewer does not see.',
  TAKEN: 'Another row has this value, which only one may have.',
  IN_USE: 'Other rows still refer to it.',
  OUT_OF_RANGE: 'A number is too small or too large, or has too many digits behind the point.',
  TOO_SHORT: 'A text is shorter than it may be.',
  INVALID_VALUE: 'A value does not meet a condition that all rows meet.',
} as const

export type RowCode = keyof typeof rowCodes
