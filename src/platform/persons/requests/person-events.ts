import { z } from 'zod'
import type { Rule } from '../../auth/rule.ts'
import { idOf } from '../../events/payload.ts'
import { topic } from '../../events/topic.ts'

/** What happens to people: ids only, so that those who keep a copy erase it too. */
export function topicsOfPersons(seenBy: Rule) {
  const ofPersons = {
    version: 1,
    aggregate: 'PersonRequest',
    seenBy,
    payload: z.object({
      personRequestId: idOf('PersonRequest'),
      subjectType: z.string().describe('The type of the person’s object.'),
      subjectId: z.string().describe('The id of the person’s object.'),
    }),
  } as const
  return {
    erased: topic({
      ...ofPersons,
      name: 'person.erased',
      about: 'The personal values of a person were erased: erase your copies.',
    }),
    restricted: topic({
      ...ofPersons,
      name: 'person.restricted',
      about: 'The personal values of a person were taken out of use: stop using your copies.',
    }),
    released: topic({
      ...ofPersons,
      name: 'person.released',
      about: 'The personal values of a person may be used again.',
    }),
  }
}
