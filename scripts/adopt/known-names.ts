/**
 * The names that a domain has already. They are found by the names in PostgreSQL, so a table, column, foreign key or enum
 * keeps its name when others are added.
 */
export interface KnownNames {
  nouns: ReadonlyMap<string, KnownNoun>
  enums: ReadonlyMap<string, KnownEnum>
}

export interface KnownNoun {
  model: string
  one: string
  many: string
  /** By column. */
  fields: ReadonlyMap<string, string>
  /** By foreign key. */
  relations: ReadonlyMap<string, KnownRelation>
  /** The names of the relations that lead from here and to here. */
  linked: readonly string[]
}

export interface KnownRelation {
  name: string
  backName: string
}

export interface KnownEnum {
  name: string
  /** In the API, by label. */
  values: ReadonlyMap<string, string>
}

/** Those of a domain that is new. */
export const noNames: KnownNames = { nouns: new Map(), enums: new Map() }
