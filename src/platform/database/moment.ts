import { TimeZone } from './time-zone.ts'

/**
 * A moment with the text of its column, where a Date alone would lose some of it: microseconds, infinity, years that
 * JavaScript or RFC 3339 do not have, and local times that a clock skips or has twice.
 */
export class Moment extends Date {
  readonly text: string

  constructor(time: number, text: string) {
    super(time)
    this.text = text
  }
}

const dayMs = 86_400_000
/** The last moment that a Date has. It stands for infinity too. */
const latest = 8_640_000_000_000_000
const firstOfEra = Date.parse('0001-01-01T00:00:00Z')

const dated = /^(\d{4,7})(-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::\d\d){0,2})?)?( BC)?$/
const timed = /^(\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/

/** A moment, date or time of the day from the text that PostgreSQL has for it in JSON. A time of the day is one of 1970. */
export function momentIn(text: string, zone: TimeZone = TimeZone.utc): Date {
  const [, time, fraction] = timed.exec(text) ?? []
  if (time !== undefined) {
    const at = Date.parse(`1970-01-01T${time}Z`)
    return at < dayMs ? exactly(at, fraction, text) : new Moment(at, text)
  }
  const [, year, day, clock = '00:00:00', part, offset, era] = dated.exec(text) ?? []
  if (year === undefined) return infinite(text)
  const isUsual = year.length === 4 && era === undefined
  const at = Date.parse(`${isUsual ? year : signedYear(year, era)}${day}T${clock}Z`) - offsetIn(offset)
  if (Number.isNaN(at)) return new Moment(latest, text)
  const isLocal = offset === undefined && text.includes('T') && !zone.isUtc
  if (isLocal) return new Moment(zone.momentAt(at + millisecondsIn(part)), text)
  return isUsual ? exactly(at, part, text) : new Moment(at + millisecondsIn(part), text)
}

/** A moment from the text of a cursor or of a key, which is again that text. */
export function momentOfText(text: string): Date {
  const time = momentIn(text).getTime()
  return textAt(time) === text ? new Date(time) : new Moment(time, text)
}

/** The text that PostgreSQL reads as the moment. */
export function momentText(moment: Date): string {
  return moment instanceof Moment ? moment.text : textAt(moment.getTime())
}

/** The text that PostgreSQL reads as the moment in a column without a zone. */
export function localText(moment: Date, zone: TimeZone): string {
  if (moment instanceof Moment && !hasOffset(moment.text)) return moment.text
  const time = moment.getTime()
  return textAt(Math.abs(time) >= latest ? time : zone.localAt(time))
}

/** The text that PostgreSQL reads as the moment in a column with a zone. */
export function zonedText(moment: Date): string {
  return moment instanceof Moment && isLocal(moment.text) ? textAt(moment.getTime()) : momentText(moment)
}

function infinite(text: string): Moment {
  if (text === 'infinity') return new Moment(latest, text)
  if (text === '-infinity') return new Moment(-latest, text)
  throw new Error('PostgreSQL has a moment in a form that is not known')
}

/** Of `+02`, `-03:30` and, before there were time zones, `+00:53:28`; in milliseconds. */
function offsetIn(text = 'Z'): number {
  if (text === 'Z') return 0
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(':').map(Number)
  const offset = (hours * 3600 + minutes * 60 + seconds) * 1000
  return text.startsWith('-') ? -offset : offset
}

/** The text that PostgreSQL reads as a time of the day. */
export function clockText(time: Date): string {
  return momentText(time).replace(/^.*T|Z$/g, '')
}

function exactly(second: number, fraction: string | undefined, text: string): Date {
  const time = second + millisecondsIn(fraction)
  return fraction !== undefined && fraction.length > 3 ? new Moment(time, text) : new Date(time)
}

function millisecondsIn(fraction = ''): number {
  return Number(fraction.slice(0, 3).padEnd(3, '0'))
}

/** ECMAScript counts years below 1 from 0 down, and writes others than four digits with six and a sign. */
function signedYear(year: string, era: string | undefined): string {
  const number = era === undefined ? Number(year) : 1 - Number(year)
  return `${number < 0 ? '-' : '+'}${String(Math.abs(number)).padStart(6, '0')}`
}

function textAt(time: number): string {
  if (Math.abs(time) >= latest) return time < 0 ? '-infinity' : 'infinity'
  const text = new Date(time).toISOString()
  if (text.startsWith('+')) return text.replace(/^\+0*/, '')
  if (time >= firstOfEra) return text
  const [, year = '', rest = ''] = /^-?(\d+)(-.*)$/.exec(text) ?? []
  return `${String(Number(year) + 1).padStart(4, '0')}${rest} BC`
}

function hasOffset(text: string): boolean {
  return /T.*(Z|[+-]\d)/.test(text)
}

function isLocal(text: string): boolean {
  return text.includes('T') && !hasOffset(text)
}
