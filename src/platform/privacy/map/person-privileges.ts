import type { Model } from '../../database/data-model.ts'
import type { DomainPrivileges } from '../../database/privileges.ts'
import type { PersonalData, PersonalModel } from './personal-data.ts'

interface TablePrivileges {
  readonly update?: readonly string[]
  readonly delete?: true
}

/** The privileges of a domain, and those that an erasure of its personal columns needs. */
export function withErasure(privileges: DomainPrivileges, { models }: Pick<PersonalData, 'models'>): DomainPrivileges {
  const merged: Partial<Record<Model, TablePrivileges>> = { ...privileges }
  for (const [model, personal] of Object.entries<PersonalModel<string> | undefined>(models)) {
    if (personal) merged[model as Model] = ofModel(merged[model as Model] ?? {}, personal)
  }
  // The map names fields of its models only.
  return merged as DomainPrivileges
}

function ofModel(may: TablePrivileges, { columns, version, isDeleted, path, subject }: PersonalModel<string>) {
  // People without a row are erased by hand.
  if (path === undefined && subject.includes(' ')) return may
  const update = new Set([...(may.update ?? []), ...Object.keys(columns), ...(version === undefined ? [] : [version])])
  return { ...may, update: [...update], ...(isDeleted && { delete: true as const }) }
}
