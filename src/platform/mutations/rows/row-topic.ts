import { z } from 'zod'
import type { Rule } from '../../auth/rule.ts'
import type { Model } from '../../database/data-model.ts'
import { idOf, rowChange } from '../../events/payload.ts'
import { type Topic, topic } from '../../events/topic.ts'
import { phraseOf } from './row-refusal.ts'

/** The topic `artist.changed` of the rows of a model: see row-writes.ts. */
export function rowTopic(model: Model, one: string, seenBy: Rule): Topic {
  return topic({
    name: `${one}.changed`,
    version: 1,
    aggregate: model,
    seenBy,
    about: `A row was written: ${phraseOf(model)}.`,
    payload: z.object({ [`${one}Id`]: idOf(model), ...rowChange }),
  })
}
