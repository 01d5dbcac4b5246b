import { z } from 'zod'
import { wholeNumber } from './whole-number.ts'

/** A service that the domain declares; see RemoteSource. */
export interface NamedSource {
  readonly name: string
  readonly about: string
  readonly timeoutMs: number
}

/** Without a URL nothing is asked. */
export type SourceConfig = Readonly<z.infer<ReturnType<typeof shapeOf>>>

const endings = { url: 'URL', token: 'TOKEN', timeoutMs: 'TIMEOUT_MS' } as const

/** The variable that has this setting of a source: `NAME_URL`. */
export function sourceVariable({ name }: Pick<NamedSource, 'name'>, setting: keyof typeof endings): string {
  return `${name.toUpperCase()}_${endings[setting]}`
}

/** The variables of these sources, as docs/settings.md shows them. */
export function sourceSettings(sources: readonly NamedSource[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    sources.flatMap((source) => {
      const { url, token, timeoutMs } = shapeOf(source).shape
      return Object.entries({ url, token, timeoutMs }).map(([key, schema]) => [variableOf(source, key), schema])
    }),
  )
}

/** What the environment says of each source, by its name, and what is wrong in it. */
export function sourcesOf(sources: readonly NamedSource[], env: Readonly<Record<string, string | undefined>>) {
  const configs: Record<string, SourceConfig> = {}
  const issues: z.core.$ZodIssue[] = []
  for (const source of sources) {
    const given = Object.keys(endings).map((key) => [key, env[variableOf(source, key)]])
    const { data, error } = shapeOf(source).safeParse(Object.fromEntries(given))
    if (data) configs[source.name] = data
    for (const issue of error?.issues ?? [])
      issues.push({ ...issue, path: [variableOf(source, String(issue.path[0]))] })
  }
  return { configs, issues }
}

function shapeOf({ about, timeoutMs }: NamedSource) {
  return z.object({
    url: z
      .url({ protocol: /^https?$/ })
      .refine(hasPathOnly, { error: 'must have no credentials, query or fragment' })
      .optional()
      .describe(`The base URL of ${about}. Without it the fields that come from there are null.`),
    token: z.string().min(1).optional().describe(`The server’s credential for ${about}, sent as a bearer token.`),
    timeoutMs: wholeNumber(1, 60_000)
      .default(timeoutMs)
      .describe(`How long a call to ${about} may take, with its retries, in milliseconds.`),
  })
}

function variableOf(source: NamedSource, key: string): string {
  return sourceVariable(source, key === 'url' || key === 'token' ? key : 'timeoutMs')
}

function hasPathOnly(text: string): boolean {
  const url = URL.parse(text)
  return url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
}
