import type { Noun } from '../noun.ts'
import { capitalized, wordsOf } from '../words.ts'

/** The file of a noun, without its ending: `playlist-track`. */
export function fileOf({ model }: Noun): string {
  return wordsOf(model).join('-')
}

/** The scope that reads it: `playlist-tracks:read`. */
export function scopeOf({ many }: Noun): string {
  return `${wordsOf(many).join('-')}:read`
}

/** The rule of its fields: `readsPlaylistTracks`. */
export function ruleOf({ many }: Noun): string {
  return `reads${capitalized(many)}`
}

/** The scope that writes it: `playlist-tracks:write`. */
export function writeScopeOf({ many }: Noun): string {
  return `${wordsOf(many).join('-')}:write`
}

/** The rule of its mutations: `writesPlaylistTracks`. */
export function writeRuleOf({ many }: Noun): string {
  return `writes${capitalized(many)}`
}
