const maxLength = 100

/** A client's own name of its operation, as long as a line in the log may well hold. */
export function nameInLog(name: string | undefined): string | undefined {
  return name === undefined || name.length <= maxLength ? name : `${name.slice(0, maxLength)}…`
}
