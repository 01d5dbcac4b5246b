import type { Plan } from '../noun.ts'
import { quoted, type WrittenFile } from './code.ts'
import { looksPersonal } from './personal.ts'

/** The map of personal data, with every field that looks personal in the list of those about which nobody has decided yet. */
export function personalDataFile({ nouns }: Plan, folder: string): WrittenFile {
  const undecided = nouns.flatMap(({ model, fields }) =>
    fields.filter(looksPersonal).map(({ name }) => quoted(`${model}.${name}`)),
  )
  return {
    path: `${folder}/personal-data.ts`,
    text: `import { personalData } from '../platform/privacy/map/personal-data.ts'

/**
 * What is held of people: docs/privacy.md says how to write it. With the models of people in \`subjects\`, their data can be exported, erased and
 * restricted.
 */
export const heldOfPeople = personalData({
  subjects: {},
  subjectOf: () => undefined,
  purposes: {},
  duties: {},
  models: {},
  impersonal: {},
  undecided: [${undecided.join(', ')}],
})
`,
  }
}
