import { soundsPersonal } from '../../../src/platform/privacy/map/sounds-personal.ts'
import type { Field } from '../noun.ts'
import { isShown } from '../value-types.ts'

/** Whether a field looks as if it tells of a person, by its name or its comment. */
export function looksPersonal({ name, column: { comment }, value }: Field): boolean {
  const isText = isShown(value) && value.graphql === 'String'
  return soundsPersonal(name, { isText, about: comment ?? '' })
}
