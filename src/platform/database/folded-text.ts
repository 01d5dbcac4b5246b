const combiningMarks = /[\u0300-\u036f]/g

/** Letters that have no accent to take away, and that people write without it. */
const letters: Readonly<Record<string, string>> = {
  ...{ ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D', ħ: 'h', Ħ: 'H', ŧ: 't', Ŧ: 'T', ı: 'i', ſ: 's' },
  ...{ ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', þ: 'th', Þ: 'TH' },
}
const withoutMark = new RegExp(`[${Object.keys(letters).join('')}]`, 'g')

/**
 * A text without accents: "Côte" and "cote" differ by case only. PostgreSQL makes generated columns for searches the same way,
 * with a function in a migration of their domain; a test compares both.
 */
export function foldedText(text: string): string {
  const plain = text.normalize('NFD').replace(combiningMarks, '').normalize('NFC')
  return plain.replace(withoutMark, (letter) => letters[letter] ?? letter)
}
