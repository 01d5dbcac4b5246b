import { encodeId } from '../../../src/platform/graphql/ids.ts'
import type { World } from '../../support/world.ts'

/** Ends every request, so that another one of its kind may be made. */
export async function endRequests({ client }: World): Promise<void> {
  await client.personRequest.updateMany({
    where: { endedAt: null },
    data: { state: 'CANCELLED', endedAt: new Date() },
  })
}

/** The id of an erasure of this person that has not begun. */
export async function addErasure({ client }: World, subjectKey: string): Promise<string> {
  const { id } = await client.personRequest.create({
    data: {
      kind: 'ERASURE',
      reason: 'OBJECTION',
      subjectType: 'Customer',
      subjectKey,
      requesterKind: 'staff',
      requesterId: 'somebody',
      beginsAt: new Date(Date.now() + 3_600_000),
    },
  })
  return encodeId('PersonRequest', id)
}
