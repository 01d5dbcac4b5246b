import type PrismaTypes from '../../../generated/pothos-types.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { isModel, type Model } from '../../database/data-model.ts'
import type { Field } from '../../database/physical-names.ts'

/** The grounds of GDPR, article 6 (1), each as the record of processing says it. */
export const legalGrounds = {
  consent: 'Consent (article 6 (1) a)',
  contract: 'Contract (article 6 (1) b)',
  legalObligation: 'Legal obligation (article 6 (1) c)',
  vitalInterest: 'Vital interest (article 6 (1) d)',
  publicTask: 'Public task (article 6 (1) e)',
  legitimateInterest: 'Legitimate interest (article 6 (1) f)',
} as const

/** Why personal data is held. */
export interface Purpose {
  /** `to lend books` */
  readonly about: string
  readonly ground: keyof typeof legalGrounds
  /** How long, as the record says it: `until the person is erased`. */
  readonly keep: string
}

/** A law that keeps personal values after an erasure. */
export interface Duty {
  /** The law, and what it asks for. */
  readonly about: string
  readonly years: number
}

/**
 * What stands in a column after an erasure: null unless it says something else. `mark` is a text of 32 hexadecimal digits
 * that no other row of the model has, for values that must be unique.
 */
type Erased = null | string | ((mark: string) => string)

export interface PersonalColumn<Purposes extends string, Duties extends string> {
  readonly purpose: Purposes
  readonly erased?: Erased
  /** The duty that keeps the value for a while. */
  readonly keptBy?: Duties
}

/** The personal data of one model. */
export interface PersonalModel<F extends string, Purposes extends string = string, Duties extends string = string> {
  /** The model of the person, as `subjects` names it, or in words a person who has no row: `the contact of a company`. */
  readonly subject: string
  /** The to-one relations from a row to the row of the person: `review.reader`. A row of the person itself has none. */
  readonly path?: string
  /** Whether an erasure deletes its rows. */
  readonly isDeleted?: true
  /** The field that counts changes; an erasure counts as one. */
  readonly version?: F
  /** The time from which the years of a duty count. */
  readonly dutyFrom?: F
  /** A to-one relation: only rows that have one are kept by a duty. */
  readonly dutyIf?: string
  readonly columns: { readonly [Name in F]?: PersonalColumn<Purposes, Duties> }
  /** Columns of texts that say nothing of a person. */
  readonly impersonal?: readonly F[]
}

/** People whose data can be exported, erased and restricted: each is a row of a model. */
export interface Subject<M extends Model = Model> {
  /** `a reader` */
  readonly about: string
  /** The rule that erases people who are no longer active. */
  readonly inactive?: {
    readonly afterDays: number
    /** Those who have not been active since. */
    readonly where: (since: Date) => PrismaTypes[M]['Where']
  }
}

/** What a domain holds of people: which columns, of whom, why, for how long. */
export interface PersonalData<Purposes extends string = string, Duties extends string = string> {
  readonly subjects: { readonly [M in Model]?: Subject<M> }
  /** The row of the person that a viewer is; undefined where they are none. */
  readonly subjectOf: (viewer: Viewer) => SubjectRow | undefined
  /** The viewer that a person is, where people sign in: the map must lead to the rows that their row policy shows. */
  readonly viewerOf?: (person: SubjectRow) => Viewer
  readonly purposes: Readonly<Record<Purposes, Purpose>>
  readonly duties: Readonly<Record<Duties, Duty>>
  readonly models: { readonly [M in Model]?: PersonalModel<Field<M>, Purposes, Duties> }
  /** Columns that look personal and are not, as `Model.field`, each with the reason. */
  readonly impersonal: Readonly<Record<string, string>>
  /** Columns that look personal and about which nobody has decided yet, as `Model.field`. */
  readonly undecided?: readonly string[]
}

/** A person by the model and the text of the key of their row. */
export interface SubjectRow {
  readonly type: Model
  readonly key: string
}

/** The models of people. */
export function subjectModels({ subjects }: Pick<PersonalData, 'subjects'>): Model[] {
  return Object.keys(subjects).filter(isModel)
}

/** Keeps the names of purposes and duties, by which the map is checked. */
export function personalData<Purposes extends string, Duties extends string>(
  data: PersonalData<Purposes, Duties>,
): PersonalData<Purposes, Duties> {
  return data
}
