/**
 * The variables of a stream that goes on where it broke off. Tell it of each message: it moves `after` along. The libraries
 * send the same object again when they connect again.
 */
export function resumable(given: Record<string, unknown> = {}) {
  const variables = { ...given }
  return {
    variables,
    seen({ extensions }: { extensions?: unknown }): void {
      if (typeof extensions !== 'object' || extensions === null || !('position' in extensions)) return
      variables.after = extensions.position
    },
  }
}
