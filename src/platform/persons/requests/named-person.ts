import type { Viewer } from '../../auth/viewer.ts'
import { type Model, propertyOf } from '../../database/data-model.ts'
import { keyText, whereKey } from '../../database/row-key.ts'
import type { builder } from '../../graphql/builder.ts'
import { parseId } from '../../graphql/ids.ts'
import type { MutationWork } from '../../mutations/define-mutations.ts'
import { tableOf } from '../../mutations/rows/row-statements.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import { type SubjectRow, subjectModels } from '../../privacy/map/personal-data.ts'
import type { PersonOptions } from './person-options.ts'

type IdFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]

/** `readerId` for the model `Reader`. */
function idFieldOf(model: Model): string {
  return `${propertyOf(model)}Id`
}

/** The fields of an input that name a person: one for each model of people. */
export function personIdFields(t: IdFields, { data }: PersonOptions) {
  const fields = subjectModels(data).map((model) => {
    const { about = model } = data.subjects[model] ?? {}
    const description = `The person, where it is ${about}. People may leave it out and ask about themselves.`
    return [idFieldOf(model), t.id({ description })] as const
  })
  return Object.fromEntries(fields)
}

/**
 * The person that an input is about: the viewer, or one that those who handle requests name. Ends the mutation where there is no
 * such person, or none that the viewer may ask about.
 */
export async function namedPerson(
  input: object,
  options: PersonOptions,
  { tx, viewer, errors }: MutationWork<CommonCode>,
): Promise<SubjectRow> {
  const { data } = options
  const named = subjectModels(data).flatMap((type) => {
    const id: unknown = Reflect.get(input, idFieldOf(type))
    return typeof id === 'string' ? [{ type, id, field: idFieldOf(type) }] : []
  })
  const own = data.subjectOf(viewer)
  const [only, ...others] = named
  if (!only) return own ?? errors.refuse('PERSON_REQUIRED', [])
  if (others.length > 0) return errors.refuse('PERSON_REQUIRED', [])
  const key = parseId(only.type, only.id)
  const person = key === undefined ? undefined : { type: only.type, key: keyText(only.type, key) }
  // Nobody learns whether another id exists.
  if (!person || !mayAskAbout(person.type, person.key, viewer, options))
    return errors.refuse('PERSON_UNKNOWN', [only.field])
  const found = await tableOf(tx, person.type).count({ where: whereKey(person.type, person.key) })
  return found > 0 ? person : errors.refuse('PERSON_UNKNOWN', [only.field])
}

/** Whether the viewer is this person, or handles requests about everyone. */
export function mayAskAbout(
  type: string,
  key: string,
  viewer: Viewer,
  { data, manageScope }: Pick<PersonOptions, 'data' | 'manageScope'>,
): boolean {
  if (viewer.scopes.has(manageScope)) return true
  const own = data.subjectOf(viewer)
  return own?.type === type && own.key === key
}
