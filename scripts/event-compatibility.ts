import { isDeepStrictEqual } from 'node:util'
import { enumValueOf } from '../src/platform/events/topic.ts'
import type { EventContract, PayloadForm } from './event-contract.ts'

interface Compared {
  /** The released contract, which consumers use. */
  released: EventContract
  current: EventContract
  /** The reasons of schema.changes.md, by path: `EventTopic.ORDER_PLACED`. */
  reasons: ReadonlyMap<string, string>
}

/** Sentences on the changes since the release. */
export interface EventCompatibility {
  /** Changes that must not be. */
  violations: string[]
  /** Breaking changes with a new version, and topics that are gone with a reason. */
  excused: string[]
  /** Changes that may surprise consumers, such as another value of an enum. */
  dangerous: string[]
}

interface Change {
  path: string
  message: string
  isBreaking: boolean
}

/** Compares the forms of payloads as their consumers see them: what they read must stay, and more may come. */
export function eventCompatibility({ released, current, reasons }: Compared): EventCompatibility {
  const found: EventCompatibility = { violations: [], excused: [], dangerous: [] }
  for (const [topic, forms] of Object.entries(released)) {
    const now = newest(current[topic] ?? {})
    const before = newest(forms)
    const reason = reasons.get(`EventTopic.${enumValueOf(topic)}`)
    if (!before) continue
    if (!now) {
      if (reason === undefined) found.violations.push(`${topic}: the topic is gone`)
      else found.excused.push(`${topic}: the topic is gone, since: ${reason}`)
      continue
    }
    if (now.version < before.version) {
      found.violations.push(`${topic}: its version was ${before.version}, and is ${now.version} now`)
      continue
    }
    for (const { path, message, isBreaking } of changes(topic, before.form, now.form)) {
      const sentence = `${path}: ${message}`
      if (!isBreaking) found.dangerous.push(sentence)
      else if (now.version === before.version) found.violations.push(sentence)
      else found.excused.push(`${sentence}, in version ${now.version}`)
    }
  }
  return found
}

function newest(forms: EventContract[string]) {
  const versions = Object.entries(forms).map(([version, form]) => ({ version: Number(version), form }))
  return versions.sort((a, b) => b.version - a.version)[0]
}

function changes(path: string, before: PayloadForm, now: PayloadForm): Change[] {
  const breaking = (message: string): Change => ({ path, message, isBreaking: true })
  const found: Change[] = []
  const newTypes = typesOf(now).filter((type) => !hasType(before, type))
  if (newTypes.length > 0) found.push(breaking(`was ${shown(before)}, and may be ${newTypes.join(' or ')} now`))
  const others = otherRules(before, now)
  if (others.length > 0) found.push(breaking(`has other rules: ${others.join(', ')}`))
  return [...found, ...enumChanges(path, before, now), ...propertyChanges(path, before, now), ...itemChanges()]

  function itemChanges(): Change[] {
    if (!before.items || !now.items) return before.items ? [breaking('no longer says what its items are')] : []
    return changes(`${path}[]`, before.items, now.items)
  }
}

/** Consumers that handle every value meet another one: like graphql-inspector, this calls it dangerous, not breaking. */
function enumChanges(path: string, before: PayloadForm, now: PayloadForm): Change[] {
  if (!before.enum) return []
  if (!now.enum) return [{ path, message: 'was an enum, and may have any value now', isBreaking: true }]
  const added = now.enum.filter((value) => !before.enum?.includes(value))
  return added.map((value) => ({ path, message: `may be ${JSON.stringify(value)} now`, isBreaking: false }))
}

function propertyChanges(path: string, before: PayloadForm, now: PayloadForm): Change[] {
  return Object.entries(before.properties ?? {}).flatMap(([name, form]): Change[] => {
    const property = now.properties?.[name]
    const own = `${path}.${name}`
    if (!property) return [{ path: own, message: 'is gone', isBreaking: true }]
    const isLoosened = before.required?.includes(name) && !now.required?.includes(name)
    const loosened = isLoosened ? [{ path: own, message: 'may be absent now', isBreaking: true }] : []
    return [...loosened, ...changes(own, form, property)]
  })
}

const understood = new Set(['$schema', 'description', 'type', 'enum', 'required', 'properties', 'items'])

/** Rules that this comparison does not understand: it calls every change of them breaking. */
function otherRules(before: PayloadForm, now: PayloadForm): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...names].filter((name) => !understood.has(name) && !isDeepStrictEqual(before[name], now[name]))
}

function typesOf({ type = [] }: PayloadForm): string[] {
  return [type].flat()
}

function hasType(form: PayloadForm, type: string): boolean {
  const types = typesOf(form)
  return types.includes(type) || (type === 'integer' && types.includes('number'))
}

function shown(form: PayloadForm): string {
  return typesOf(form).join(' or ') || 'of another form'
}
