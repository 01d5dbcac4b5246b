import pluralize from 'pluralize'

// Words that end like a plural and are none, or whose singular nobody uses for a table.
for (const word of ['data', 'metadata', 'media', 'gps', 'os', 'canvas', 'lens', 'basis', 'sms', 'atlas', 'chaos']) {
  pluralize.addUncountableRule(word)
}

/** Letters that decomposition leaves as they are. */
const written: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' }

/** The words of a name in any style, in lower case and plain letters: `orderID`, `ORDER_ID` and `order id` are `order id`. */
export function wordsOf(name: string): string[] {
  const plain = name
    .normalize('NFKD')
    .replaceAll("'", '')
    .replace(/[^\p{ASCII}]/gu, (letter) => {
      const known = written[letter.toLowerCase()]
      return known ?? (/\p{M}/u.test(letter) ? '' : ' ')
    })
    .replace(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
  return plain.toLowerCase().match(/[a-z\d]+/g) ?? []
}

export function pascalCase(words: readonly string[]): string {
  return words.map(capitalized).join('')
}

export function camelCase(words: readonly string[]): string {
  const [first = '', ...others] = words
  return first + pascalCase(others)
}

/** `IN_PROGRESS` */
export function screamingCase(words: readonly string[]): string {
  return words.join('_').toUpperCase()
}

/** The words with the last one in the singular: `invoice lines` becomes `invoice line`. */
export function singular(words: readonly string[]): string[] {
  return words.map((word, at) => (at === words.length - 1 ? pluralize.singular(word) : word))
}

export function plural(words: readonly string[]): string[] {
  return words.map((word, at) => (at === words.length - 1 ? pluralize.plural(word) : word))
}

export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** The words of a name that this tool gave: `unitPrice` is `unit price`. */
export function spoken(name: string): string {
  return wordsOf(name).join(' ')
}

/** `an album`, `a customer`. */
export function withArticle(phrase: string): string {
  return `${/^[aeiou]/i.test(phrase) ? 'an' : 'a'} ${phrase}`
}
