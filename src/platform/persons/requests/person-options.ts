import { anyOf, type Rule, scope } from '../../auth/rule.ts'
import type { PersonalData } from '../../privacy/map/personal-data.ts'

/** What a domain says of requests about people. */
export interface PersonOptions {
  readonly data: PersonalData
  /** Who may ask about themselves; those with `manageScope` ask about everyone. */
  readonly asks: Rule
  /** The scope of those who handle requests about everyone. */
  readonly manageScope: string
  /** The audiences in which people ask about themselves. */
  readonly subGraphs?: string[]
}

export function manages({ manageScope }: Pick<PersonOptions, 'manageScope'>): Rule {
  return scope(manageScope)
}

export function asksOrManages(options: Pick<PersonOptions, 'asks' | 'manageScope'>): Rule {
  return anyOf(options.asks, manages(options))
}
