const names = new Intl.DisplayNames(undefined, { type: 'region' })

export function countryName(code: string): string {
  return names.of(code) ?? code
}
