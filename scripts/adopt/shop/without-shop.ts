import { basename, dirname, join, relative } from 'node:path'
import { isOfShop, isPlaceOfShop } from './files.ts'

/** The text of a file that stays, without what is the shop's in it. Links to a file of the shop lead to that of another domain. */
export function withoutShop(path: string, text: string, isThere = (_path: string) => false, domain = ''): string {
  if (path.endsWith('.md')) return withoutLinks(path, withoutSections(text), isThere, domain)
  if (path.endsWith('.ts')) return withoutLines(text, isShopCode)
  if (path.endsWith('.prisma')) return text.replace(/^( *schemas *= .*?)"commerce", |, "commerce"(?=.*\]$)/m, '$1')
  if (path.endsWith('.json')) return withoutEntries(text.replace(supportOfAll, support))
  if (path.endsWith('ignore')) return withoutLines(text, isPlaceOfShop)
  return text
}

/** What tests find ready for them counts as used, also where only the shop's tests did so: an adopter's will. */
const supportOfAll = /"test\/support\/\*\.ts",\s*"test\/\*\/support\/contract-rows\.ts"/
const support = '"test/**/support/*.ts"'

/** A line that is marked, or an entry of a list that names a file of the shop. */
function isShopCode(line: string): boolean {
  const entry = /^\s*'([^']+)',$/.exec(line)?.[1]
  return line.endsWith(' // shop') || (entry !== undefined && isOfShop(entry))
}

function withoutLines(text: string, isGone: (line: string) => boolean): string {
  const lines = text.split('\n')
  const kept = lines.filter((line) => !isGone(line))
  return kept.length === lines.length ? text : kept.join('\n')
}

/** Without what is marked: sections between two marks, and lines that have one. */
function withoutSections(text: string): string {
  const whole = text.replace(/^<!-- shop -->\n[\s\S]*?^<!-- \/shop -->\n\n?/gm, '')
  return withoutLines(whole, (line) => line.includes('<!-- shop -->')).replace(/\n{3,}/g, '\n\n')
}

/** A link to what is gone becomes one to the same file of the domain, or its text. In a list it goes where its text is a file's name. */
function withoutLinks(path: string, text: string, isThere: (path: string) => boolean, domain: string): string {
  return text.replace(/(, )?!?\[([^[\]]*)\]\(([^()\s]+)\)/g, (link, comma = '', shown: string, target: string) => {
    const [file = ''] = target.split('#')
    const isHere = !/^\w+:/.test(target) && file !== ''
    const place = join(dirname(path), file)
    if (!isHere || !isPlaceOfShop(place)) return link
    const same = place.replace(/^src\/commerce\//, `src/${domain}/`)
    if (isThere(same)) return `${comma}[${shown}](${relative(dirname(path), same)})`
    return comma !== '' && shown === basename(file) ? '' : `${comma}${shown}`
  })
}

/** JSON without entries that name a place of the shop, and without scripts that run one. */
function withoutEntries(text: string): string {
  const parsed: unknown = JSON.parse(text)
  const left = pruned(parsed, new Set(scriptsOf(parsed)))
  return JSON.stringify(left) === JSON.stringify(parsed) ? text : `${JSON.stringify(left, null, 2)}\n`
}

function scriptsOf(json: unknown): string[] {
  if (!isRecord(json) || !isRecord(json.scripts)) return []
  return Object.entries(json.scripts).flatMap(([name, command]) => (runsShop(command) ? [name] : []))
}

function runsShop(command: unknown): boolean {
  return typeof command === 'string' && command.split(' ').some(isOfShop)
}

function pruned(value: unknown, scripts: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    return value.filter((entry) => !isPlaceOfShop(entry)).map((entry) => pruned(entry, scripts))
  }
  if (typeof value === 'string') return withoutSteps(value, scripts)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([name, entry]) => !isPlaceOfShop(name) && !runsShop(entry))
  return Object.fromEntries(kept.map(([name, entry]) => [name, pruned(entry, scripts)]))
}

/** A command without its steps that are scripts of the shop. */
function withoutSteps(command: string, scripts: ReadonlySet<string>): string {
  const steps = command.split(' && ')
  return steps.filter((step) => !scripts.has(/^npm run (?:-s )?([\w:-]+)/.exec(step)?.[1] ?? '')).join(' && ')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
