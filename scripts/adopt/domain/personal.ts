import type { Field } from '../noun.ts'
import { isShown } from '../value-types.ts'
import { spoken } from '../words.ts'

/** Words for values that identify a person or say how to reach them. */
const personal =
  /e-?mail|phone|\bfax\b|mobile|street|address|postal|postcode|\bzip\b|contact|recipient|receives|\b(first|last|middle|given|family|full|maiden|user) ?name|surname|birth|gender|\bssn\b|social security|passport|tax id|iban|password|salary/i
/** Texts in which anything can stand. */
const freeText = /\b(reason|note|notes|comment|comments|message|remarks?)$/i

/** Whether a field looks as if it tells of a person, by its name or its comment. */
export function looksPersonal({ name, column: { comment }, value }: Field): boolean {
  const said = spoken(name)
  const isText = isShown(value) && value.graphql === 'String'
  return personal.test(`${said} ${comment ?? ''}`) || (isText && freeText.test(said))
}
