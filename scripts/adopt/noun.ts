import type { Column, Enum, ForeignKey, Table } from './catalogue.ts'
import type { LeftOut } from './left-out.ts'
import type { Unshown, ValueType } from './value-types.ts'
import type { Writes } from './writes.ts'

/** What is served: nouns of the business, each from a table or view. */
export interface Plan {
  nouns: Noun[]
  enums: NamedEnum[]
  leftOut: LeftOut[]
}

export interface Noun {
  table: Table
  /** Its model and type: `PlaylistTrack`. */
  model: string
  /** `playlistTrack`, and `playlistTracks` */
  one: string
  many: string
  /** `playlist track`, and `playlist tracks` */
  phrase: string
  phrases: string
  fields: Field[]
  /** The fields that identify a row; none for a view without such a thing. */
  key: Field[]
  /** To one row of another noun, by a foreign key of this table. */
  relations: Relation[]
  /** Relations that lead here. */
  backRelations: Relation[]
  /** The two relations whose columns are the key of a join table. */
  joins: [Relation, Relation] | undefined
  /** The lists through a join table, one on each side. */
  throughs: Through[]
  /** How its rows are written, where they are. */
  writes?: Writes
}

export interface Field {
  name: string
  column: Column
  value: ValueType | Unshown
}

/** A foreign key between two nouns, with a name on each side. */
export interface Relation {
  from: Noun
  foreignKey: ForeignKey
  fields: Field[]
  to: Noun
  toFields: Field[]
  /** To the one row: `artist`. */
  name: string
  /** To the rows that lead here, or to the one that can: `albums`. */
  backName: string
  isBackList: boolean
  /** Whether each row has one. */
  isRequired: boolean
  /** The name that both sides share, where the two models have more than one relation. */
  label: string | undefined
}

/** A list of the rows that a join table links to a row: `tracks` of a playlist. */
export interface Through {
  name: string
  /** Begins the names of its types: `PlaylistToTracks`. */
  type: string
  /** To the noun that has the list. */
  near: Relation
  /** To the noun that is listed. */
  far: Relation
}

export interface NamedEnum {
  source: Enum
  /** Its type: `OrderState`. */
  name: string
  values: EnumValue[]
}

export interface EnumValue {
  label: string
  /** In the models. */
  prisma: string
  /** In the API. */
  graphql: string
}
