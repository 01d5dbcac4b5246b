/** Words for values that identify a person or say how to reach them. */
const personal =
  /e-?mail|phone|\bfax\b|mobile|street|address|postal|postcode|\bzip\b|contact|recipient|receives|\b(first|last|middle|given|family|full|maiden|user) ?name|surname|birth|gender|\bssn\b|social security|passport|tax id|iban|password|salary/i
/** Texts in which anything can stand. */
const freeText = /\b(reason|note|notes|comment|comments|message|remarks?)$/i

/** Whether a field looks as if it tells of a person, by its name in camelCase or snake_case, and what is said of it. */
export function soundsPersonal(name: string, { isText, about = '' }: { isText: boolean; about?: string }): boolean {
  const spoken = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ')
  return personal.test(`${spoken} ${about}`) || (isText && freeText.test(spoken))
}
