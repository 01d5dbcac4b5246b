/** A whole number as it is typed; zero where it is none. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : 0
}

/** An amount as people write it, with a comma too, as the API takes it. */
export function amountOf(text: string): string {
  return text.trim().replace(',', '.')
}
