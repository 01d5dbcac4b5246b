const dayMs = 86_400_000
const quarterMs = 900_000
/** Since then every change of an offset falls on a quarter of an hour. */
const regularSince = Date.UTC(1973, 0)
const maxOffsets = 10_000

/** The zone that columns without one are in. A local time is written as the moment that UTC shows it at. */
export class TimeZone {
  static readonly utc = new TimeZone('UTC')
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  /** By quarter of an hour. */
  readonly #offsets = new Map<number, number>()

  /** Throws for a name that is not a zone's. */
  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  get isUtc(): boolean {
    return this.name === 'UTC'
  }

  localAt(moment: number): number {
    return moment + this.#offsetAt(moment)
  }

  /**
   * As PostgreSQL's AT TIME ZONE: of a local time that comes twice, the second; one that is skipped is read with the offset
   * before the change.
   */
  momentAt(local: number): number {
    if (this.isUtc) return local
    const before = local - this.#offsetAt(local - dayMs)
    const after = local - this.#offsetAt(local + dayMs)
    return before === after || this.localAt(after) === local ? after : before
  }

  #offsetAt(moment: number): number {
    if (this.isUtc) return 0
    if (moment < regularSince) return this.#ask(moment)
    const quarter = Math.floor(moment / quarterMs)
    const known = this.#offsets.get(quarter)
    if (known !== undefined) return known
    if (this.#offsets.size >= maxOffsets) this.#offsets.clear()
    const offset = this.#ask(moment)
    this.#offsets.set(quarter, offset)
    return offset
  }

  #ask(moment: number): number {
    if (Number.isNaN(new Date(moment).getTime())) return 0
    const name = this.#format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours, minutes, seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? []
    const offset = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -offset : offset
  }
}
