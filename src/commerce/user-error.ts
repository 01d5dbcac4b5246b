import { builder } from '../platform/builder.ts'

const codes = {
  BLANK: 'A text that must say something is empty.',
  TOO_LONG: 'A text is longer than it may be.',
  INVALID_CHARACTER: 'A text holds control characters.',
  EMPTY_ORDER: 'An order has at least one line.',
  TOO_MANY_LINES: 'An order has at most 100 lines.',
  INVALID_QUANTITY: 'A quantity is from 1 to 10,000.',
  DUPLICATE_PRODUCT: 'A product stands on two lines; put the whole quantity on one.',
  PRODUCT_UNKNOWN: 'There is no such product.',
  PRODUCT_DISCONTINUED: 'The product is no longer sold.',
  INSUFFICIENT_STOCK: 'Fewer units are available than were asked for.',
  CURRENCY_MISMATCH: 'The products of one order are all priced in one currency.',
  TOTAL_TOO_LARGE: 'The order costs more than an order can.',
  CUSTOMER_REQUIRED: 'Staff must say whom an order is for.',
  CUSTOMER_UNKNOWN: 'There is no such customer, or none this viewer may order for.',
  CARRIER_UNKNOWN: 'There is no such carrier.',
  DATE_IN_PAST: 'The date has passed.',
} as const

export type UserErrorCode = keyof typeof codes

interface UserErrorShape {
  code: UserErrorCode
  message: string
  path: readonly string[]
}

const UserErrorCodeType = builder.enumType('UserErrorCode', {
  description: 'What a caller can mend about a mutation’s input.',
  values: Object.fromEntries(Object.entries(codes).map(([code, description]) => [code, { description }])),
})

export const UserError = builder.objectRef<UserErrorShape>('UserError').implement({
  description: 'Why a mutation did nothing, in terms of its input. When there is one, nothing was changed.',
  fields: (t) => ({
    code: t.field({ type: UserErrorCodeType, description: 'The kind of fault.', resolve: ({ code }) => code }),
    message: t.exposeString('message', { description: 'What is wrong, for people.' }),
    path: t.stringList({
      description: 'Which input it is about: `["input", "lines", "3", "quantity"]`.',
      resolve: ({ path }) => [...path],
    }),
  }),
})

/** Collects everything that is wrong with an input, so that a form can show it all at once. */
export class UserErrors {
  readonly list: UserErrorShape[] = []

  add(code: UserErrorCode, path: readonly (string | number)[], message: string = codes[code]): void {
    this.list.push({ code, message, path: ['input', ...path.map(String)] })
  }

  get any(): boolean {
    return this.list.length > 0
  }

  /** The text, trimmed and in NFC; empty or over-long ones and control characters are faults. */
  text(value: string, path: readonly string[], { max = 200 } = {}): string {
    const text = value.normalize('NFC').trim()
    if (text === '') this.add('BLANK', path)
    if (text.length > max) this.add('TOO_LONG', path, `At most ${max} characters; these are ${text.length}.`)
    if (/\p{Cc}/u.test(text)) this.add('INVALID_CHARACTER', path)
    return text
  }

  optionalText(value: string | null | undefined, path: readonly string[], limits: { max: number }): string | null {
    return value == null || value.trim() === '' ? null : this.text(value, path, limits)
  }
}
