/** The fast path cannot execute this operation, or cannot complete this result: the general route must. */
export class NotCompiled extends Error {}
