import { defineMutations } from '../platform/mutations/define-mutations.ts'

export const mutation = defineMutations({
  TRACK_UNKNOWN: 'There is no such track.',
  TRACK_LISTED: 'The track is on the playlist.',
  LABEL_UNKNOWN: 'There is no such label.',
})
