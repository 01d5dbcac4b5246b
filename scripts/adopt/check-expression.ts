/** A condition of the simple forms, as PostgreSQL writes it. */
export type Condition =
  | { kind: 'all' | 'any'; parts: Condition[] }
  | { kind: 'compare'; operator: string; left: Operand; right: Operand }
  | { kind: 'in'; of: Operand; values: string[] }
  | { kind: 'given'; column: string; isGiven: boolean }

export type Operand =
  | { kind: 'column'; name: string }
  | { kind: 'length'; name: string }
  | { kind: 'constant'; value: string }

const token = /\s*(?:"((?:[^"]|"")+)"|E?'((?:[^']|'')*)'|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(::|>=|<=|<>|[()[\],.=<>-]))/y

interface Token {
  kind: 'name' | 'text' | 'number' | 'word' | 'sign'
  value: string
}

class NotSimple extends Error {}

/** The condition of a CHECK, as `pg_get_expr` gives it; undefined where it is of another form. */
export function parseCheck(expression: string): Condition | undefined {
  try {
    return new Parser(tokensOf(expression)).whole()
  } catch (error) {
    if (error instanceof NotSimple) return undefined
    throw error
  }
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  const text = expression.trimEnd()
  for (token.lastIndex = 0; token.lastIndex < text.length; ) {
    const [found, name, quoted, number, word, sign = ''] = token.exec(text) ?? []
    // Escapes would need PostgreSQL's own rules.
    if (found === undefined || found.trimStart().startsWith('E')) throw new NotSimple()
    if (name !== undefined) tokens.push({ kind: 'name', value: name.replaceAll('""', '"') })
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ kind: 'number', value: number })
    else tokens.push(word === undefined ? { kind: 'sign', value: sign } : { kind: 'word', value: word })
  }
  return tokens
}

const operators = new Set(['=', '<>', '<', '<=', '>', '>='])
const lengths = new Set(['length', 'char_length', 'character_length'])
/** Words behind the first of a type: `character varying`, `timestamp without time zone`. */
const ofTypes = new Set(['varying', 'precision', 'with', 'without', 'time', 'zone'])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Condition {
    const condition = this.#condition()
    if (this.#at < this.#tokens.length) throw new NotSimple()
    return condition
  }

  #condition(): Condition {
    const first = this.#term()
    const word = this.#isWord('AND') ? 'AND' : this.#isWord('OR') ? 'OR' : undefined
    if (word === undefined) return first
    const parts = [first]
    while (this.#takes('word', word)) parts.push(this.#term())
    return { kind: word === 'AND' ? 'all' : 'any', parts }
  }

  /** A condition in brackets, or a comparison whose left side may begin with a bracket too. */
  #term(): Condition {
    const start = this.#at
    if (this.#takes('sign', '(')) {
      try {
        const inner = this.#condition()
        this.#require(')')
        return inner
      } catch (error) {
        if (!(error instanceof NotSimple)) throw error
        this.#at = start
      }
    }
    return this.#comparison()
  }

  #comparison(): Condition {
    const left = this.#operand()
    if (this.#takes('word', 'IS')) {
      const isGiven = this.#takes('word', 'NOT')
      if (!this.#takes('word', 'NULL') || left.kind !== 'column') throw new NotSimple()
      return { kind: 'given', column: left.name, isGiven }
    }
    const operator = this.#next('sign')
    if (!operators.has(operator)) throw new NotSimple()
    if (this.#takes('word', 'ANY')) return { kind: 'in', of: left, values: this.#values(operator) }
    return { kind: 'compare', operator, left, right: this.#operand() }
  }

  #values(operator: string): string[] {
    if (operator !== '=') throw new NotSimple()
    this.#require('(')
    const isCast = this.#takes('sign', '(')
    if (!this.#takes('word', 'ARRAY')) throw new NotSimple()
    this.#require('[')
    const values: string[] = []
    do values.push(this.#constant())
    while (this.#takes('sign', ','))
    this.#require(']')
    if (isCast) this.#require(')')
    this.#skipCasts()
    this.#require(')')
    return values
  }

  #constant(): string {
    const operand = this.#operand()
    if (operand.kind !== 'constant') throw new NotSimple()
    return operand.value
  }

  /** Casts do not change what these values say. */
  #operand(): Operand {
    const operand = this.#plainOperand()
    this.#skipCasts()
    return operand
  }

  #plainOperand(): Operand {
    if (this.#takes('sign', '(')) {
      const inner = this.#operand()
      this.#require(')')
      return inner
    }
    if (this.#takes('sign', '-')) return { kind: 'constant', value: `-${this.#next('number')}` }
    const { kind, value } = this.#tokens[this.#at++] ?? { kind: 'sign', value: '' }
    if (kind === 'text' || kind === 'number') return { kind: 'constant', value }
    if (kind === 'name') return { kind: 'column', name: value }
    if (kind !== 'word') throw new NotSimple()
    if (!this.#takes('sign', '(')) return { kind: 'column', name: value }
    const inner = this.#operand()
    this.#require(')')
    if (!lengths.has(value) || inner.kind !== 'column') throw new NotSimple()
    return { kind: 'length', name: inner.name }
  }

  #skipCasts(): void {
    while (this.#takes('sign', '::')) {
      do {
        const { kind } = this.#tokens[this.#at++] ?? { kind: 'sign' }
        if (kind !== 'word' && kind !== 'name') throw new NotSimple()
      } while (this.#takes('sign', '.'))
      while (ofTypes.has(this.#tokens[this.#at]?.value ?? '')) this.#at++
      if (this.#takes('sign', '(')) {
        do this.#next('number')
        while (this.#takes('sign', ','))
        this.#require(')')
      }
      while (this.#takes('sign', '[')) this.#require(']')
    }
  }

  #isWord(value: string): boolean {
    const { kind, value: found } = this.#tokens[this.#at] ?? {}
    return kind === 'word' && found === value
  }

  #takes(kind: Token['kind'], value: string): boolean {
    const found = this.#tokens[this.#at]
    if (found?.kind !== kind || found.value !== value) return false
    this.#at++
    return true
  }

  #next(kind: Token['kind']): string {
    const found = this.#tokens[this.#at++]
    if (found?.kind !== kind) throw new NotSimple()
    return found.value
  }

  #require(sign: string): void {
    if (!this.#takes('sign', sign)) throw new NotSimple()
  }
}
