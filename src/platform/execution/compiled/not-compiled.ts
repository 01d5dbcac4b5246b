/** The operation, or its answer, is nothing this lane is sure of: the general executor is to answer. */
export class NotCompiled extends Error {}
