import type { ChangedKeys } from './idempotency.ts'

export interface UserErrorShape<Code extends string = string> {
  code: Code
  message: string
  path: readonly string[]
}

/** Codes of the platform's own mutations, and codes of any input. A domain adds its own. */
export const commonCodes = {
  BLANK: 'A text that must say something is empty.',
  TOO_LONG: 'A text is longer than it may be.',
  INVALID_CHARACTER: 'A text holds control characters.',
  INVALID_FORMAT: 'A text does not have the form it must have.',
  REQUIRED: 'It can be left out, but not be emptied.',
  NOTHING_TO_DO: 'Nothing was asked for.',
  CONFLICT: 'Somebody else changed it meanwhile; look at its current state, and try again with its version.',
  API_KEY_UNKNOWN: 'There is no such API key.',
  INVALID_EXPIRY: 'The time of expiry has passed, or is too far away.',
  SCOPE_NOT_GRANTABLE: 'A key can be given only what its maker may do, and never the making of keys.',
  SCOPE_UNKNOWN: 'There is no such scope.',
  API_KEY_REQUIRED: 'Staff must name the API key whose rights are used.',
  API_KEY_TOO_POWERFUL: 'The API key may do more than the one who names it.',
  DOCUMENT_REFUSED: 'The document is not a subscription to events that the API key may run.',
  EVENTS_REQUIRED: 'Name either topics or a document.',
  TOO_MANY_WEBHOOKS: 'An API key has at most 20 webhooks.',
  TOPIC_NOT_VISIBLE: 'The API key does not see the events of this topic.',
  URL_REFUSED: 'The server does not send to this URL.',
  WEBHOOK_DISABLED: 'The webhook is disabled; enable it first.',
  WEBHOOK_UNKNOWN: 'There is no such webhook.',
  WEBHOOKS_NOT_AVAILABLE: 'This server has no ENCRYPTION_SECRET, and so no webhooks.',
  EXPORT_REFUSED: 'The operation cannot be exported in this format.',
  EXPORT_UNKNOWN: 'There is no such export.',
  EXPORT_NOT_FAILED: 'Only an export that has failed goes on.',
  EXPORT_ENDED: 'The export has ended already.',
  EXPORT_FILE_REMOVED: 'What the export had written is no longer kept; make a new one.',
  PERSON_UNKNOWN: 'There is no such person, or none this viewer may ask about.',
  PERSON_REQUIRED: 'Name one person: those who handle requests about people must say whom.',
  PERSON_REQUEST_OPEN: 'Such a request about this person is open already.',
  PERSON_REQUEST_UNKNOWN: 'There is no such request, or none this viewer may change.',
  ERASURE_BEGUN: 'The erasure has begun or was taken back already.',
  ERASURE_NOT_AVAILABLE: 'This server has no ENCRYPTION_SECRET, and so cannot hold what a law keeps.',
  KEEP_UNTIL_PASSED: 'The day has passed.',
  TOO_MANY_EXPORTS: 'One principal has at most 20 exports that wait or run.',
} as const

export type CommonCode = keyof typeof commonCodes

const codesOfTypes: Readonly<Record<string, readonly CommonCode[]>> = {
  ApiKey: ['API_KEY_UNKNOWN', 'INVALID_EXPIRY', 'SCOPE_NOT_GRANTABLE', 'SCOPE_UNKNOWN'],
  Webhook: [
    ...(['API_KEY_REQUIRED', 'API_KEY_TOO_POWERFUL', 'DOCUMENT_REFUSED', 'EVENTS_REQUIRED'] as const),
    ...(['TOO_MANY_WEBHOOKS', 'TOPIC_NOT_VISIBLE', 'URL_REFUSED', 'WEBHOOK_DISABLED', 'WEBHOOK_UNKNOWN'] as const),
    'WEBHOOKS_NOT_AVAILABLE',
  ],
  PersonRequest: [
    ...(['PERSON_UNKNOWN', 'PERSON_REQUIRED', 'PERSON_REQUEST_OPEN', 'PERSON_REQUEST_UNKNOWN'] as const),
    ...(['ERASURE_BEGUN', 'ERASURE_NOT_AVAILABLE', 'KEEP_UNTIL_PASSED'] as const),
  ],
  BulkExport: [
    ...(['EXPORT_REFUSED', 'EXPORT_UNKNOWN', 'EXPORT_NOT_FAILED', 'EXPORT_ENDED'] as const),
    ...(['EXPORT_FILE_REMOVED', 'TOO_MANY_EXPORTS'] as const),
  ],
}

/** The type that a code is about; undefined for codes of any input. */
export function typeOfCode(code: string): string | undefined {
  return Object.keys(codesOfTypes).find((type) => codesOfTypes[type]?.some((each) => each === code))
}

/** Thrown out of a mutation's transaction: nothing is written, and the client gets the errors. */
export class Refusal extends Error {
  readonly userErrors: readonly UserErrorShape[]
  /** Objects that the payload shows beside the errors. */
  readonly current: ChangedKeys

  constructor(userErrors: readonly UserErrorShape[], current: ChangedKeys = {}) {
    super('refused')
    this.userErrors = userErrors
    this.current = current
  }
}

/** Collects every error of an input, so that a form can show all of them at once. */
export class UserErrors<Code extends string> {
  readonly #meanings: Record<Code, string>
  readonly #list: UserErrorShape<Code>[] = []

  constructor(meanings: Record<Code, string>) {
    this.#meanings = meanings
  }

  add(code: Code, path: readonly (string | number)[], message: string = this.#meanings[code]): void {
    this.#list.push({ code, message, path: ['input', ...path.map(String)] })
  }

  /** Ends the mutation if there is an error so far. */
  refuseIfAny(): void {
    if (this.#list.length > 0) throw new Refusal(this.#list)
  }

  /** Ends the mutation with this error. */
  refuse(code: Code, path: readonly (string | number)[], message?: string): never {
    this.add(code, path, message)
    throw new Refusal(this.#list)
  }
  /** The same, and the payload shows the current state of these objects beside the error. */
  refuseWith(current: ChangedKeys, code: Code, path: readonly (string | number)[], message?: string): never {
    this.add(code, path, message)
    throw new Refusal(this.#list, current)
  }
}
