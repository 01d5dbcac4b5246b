import type { RowPolicies } from '../../auth/row-policy.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { PersonalData } from '../../privacy/map/personal-data.ts'

/** Requests and held values: all for those who handle them, and those about themselves for everyone else. */
export function personPolicies(
  manageScope: string,
  { subjectOf }: Pick<PersonalData, 'subjectOf'>,
): Pick<RowPolicies, 'PersonRequest' | 'HeldValue'> {
  const rows = (viewer: Viewer) => {
    if (viewer.scopes.has(manageScope)) return 'all' as const
    const subject = subjectOf(viewer)
    return subject ? { subjectType: subject.type, subjectKey: subject.key } : ('none' as const)
  }
  return { PersonRequest: { rows }, HeldValue: { rows } }
}
