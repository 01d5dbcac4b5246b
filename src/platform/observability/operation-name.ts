const maxLength = 100

/** The operation's name, cut to a length that fits a log line. */
export function nameInLog(name: string | undefined): string | undefined {
  return name === undefined || name.length <= maxLength ? name : `${name.slice(0, maxLength)}…`
}
