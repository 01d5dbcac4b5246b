import { z } from 'zod'
import { type Answer, dataOf, type World } from '../../../support/world.ts'

const page = z.object({
  changes: z.object({
    events: z.array(
      z.object({
        id: z.string(),
        position: z.string(),
        topic: z.string(),
        subjectId: z.string(),
        sequence: z.number(),
        actorKind: z.string(),
        payload: z.record(z.string(), z.unknown()),
      }),
    ),
    endPosition: z.string(),
    hasMore: z.boolean(),
  }),
})

const document = `query Changes($after: String, $first: Int! = 100, $topics: [EventTopic!], $wait: Int! = 0) {
  changes(after: $after, first: $first, topics: $topics, wait: $wait) {
    events { id position topic subjectId sequence actorKind payload } endPosition hasMore
  }
}`

export type Changes = z.infer<typeof page>['changes']

export interface Asked {
  after?: string
  first?: number
  topics?: string[]
  wait?: number
}

/** A world, or one of its replicas. */
type Server = Pick<World, 'as'>

export function askChanges(server: Server, viewer: string, asked: Asked): Promise<Answer> {
  return server.as(viewer).query(document, { ...asked })
}

export async function readChanges(server: Server, viewer: string, asked: Asked): Promise<Changes> {
  return dataOf(await askChanges(server, viewer, asked), page).changes
}

export async function positionNow(server: Server): Promise<string> {
  return (await readChanges(server, 'admin', { after: 'now', first: 0 })).endPosition
}
