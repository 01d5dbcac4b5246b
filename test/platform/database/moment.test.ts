import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  localText,
  Moment,
  momentIn,
  momentOfText,
  momentText,
  zonedText,
} from '../../../src/platform/database/moment.ts'
import { TimeZone } from '../../../src/platform/database/time-zone.ts'
import { createWorld, type World } from '../../support/world.ts'

const berlin = new TimeZone('Europe/Berlin')

describe('a moment from its text in PostgreSQL', () => {
  it.each([
    ['2026-08-21T14:30:00+00:00', '2026-08-21T14:30:00.000Z'],
    ['2026-08-21T14:30:00.12+02:00', '2026-08-21T12:30:00.120Z'],
    ['2026-08-21T14:30:00-03', '2026-08-21T17:30:00.000Z'],
    ['1880-01-01T00:53:28+00:53:28', '1880-01-01T00:00:00.000Z'],
    ['2026-08-21T14:30:00', '2026-08-21T14:30:00.000Z'],
    ['2026-08-21', '2026-08-21T00:00:00.000Z'],
    ['14:30:00.5', '1970-01-01T14:30:00.500Z'],
  ])('%s is a Date', (text, iso) => {
    const moment = momentIn(text)
    expect(moment).not.toBeInstanceOf(Moment)
    expect(moment.toISOString()).toBe(iso)
  })

  it.each([
    ['2026-08-21T14:30:00.123456+00:00', '2026-08-21T14:30:00.123Z'],
    ['14:30:00.000001', '1970-01-01T14:30:00.000Z'],
    ['24:00:00', '1970-01-02T00:00:00.000Z'],
    ['0044-03-15 BC', '-000043-03-15T00:00:00.000Z'],
    ['0001-12-31T23:59:59+00:00 BC', '0000-12-31T23:59:59.000Z'],
    ['10000-01-01T00:00:00+00:00', '+010000-01-01T00:00:00.000Z'],
    ['294276-12-31T23:59:59.999999+00:00', '+275760-09-13T00:00:00.000Z'],
    ['infinity', '+275760-09-13T00:00:00.000Z'],
    ['-infinity', '-271821-04-20T00:00:00.000Z'],
  ])('%s keeps its text, which a Date would lose', (text, iso) => {
    const moment = momentIn(text)
    expect(moment.toISOString()).toBe(iso)
    expect(momentText(moment)).toBe(text)
    expect(momentText(momentOfText(text))).toBe(text)
  })

  it('is refused in any other form', () => {
    expect(() => momentIn('21.08.2026')).toThrow('in a form that is not known')
  })
})

describe('a local time', () => {
  it.each([
    ['in winter', '2026-01-15T12:00:00', '2026-01-15T11:00:00.000Z'],
    ['in summer', '2026-07-15T12:00:00', '2026-07-15T10:00:00.000Z'],
    ['that is skipped, as the hour behind', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['that comes twice, as the second', '2026-10-25T02:30:00', '2026-10-25T01:30:00.000Z'],
    ['before there were time zones', '1850-01-01T00:53:28', '1850-01-01T00:00:00.000Z'],
  ])('is read %s', (_what, text, iso) => {
    const moment = momentIn(text, berlin)
    expect(moment.toISOString()).toBe(iso)
    expect(localText(moment, berlin)).toBe(text)
  })

  it.each([
    ['2026-07-15T10:00:00.000Z', '2026-07-15T12:00:00.000Z'],
    ['2026-10-25T00:30:00.000Z', '2026-10-25T02:30:00.000Z'],
    ['2026-10-25T01:30:00.000Z', '2026-10-25T02:30:00.000Z'],
    ['2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000Z'],
  ])('is written for %s', (iso, text) => {
    expect(localText(new Date(iso), berlin)).toBe(text)
  })

  it('becomes the moment where its column has a zone, and the other way round', () => {
    expect(zonedText(momentIn('2026-07-15T12:00:00', berlin))).toBe('2026-07-15T10:00:00.000Z')
    expect(localText(momentIn('2026-07-15T10:00:00.123456+00:00'), berlin)).toBe('2026-07-15T12:00:00.123Z')
    expect(zonedText(momentIn('infinity', berlin))).toBe('infinity')
  })
})

describe('PostgreSQL', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({ data: 'empty' })
  })
  afterAll(() => world?.close())

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'])(
    'has the same moments of the local times of %s, and the other way round',
    async (name) => {
      const zone = new TimeZone(name)
      const rows = await world.rowsOf(
        `select to_json(t) #>> '{}' as "local", extract(epoch from t at time zone '${name}') * 1000 as "moment",
                extract(epoch from t) * 1000 as "utc", to_json(t at time zone 'UTC' at time zone '${name}') #>> '{}' as "shown"
         from (select timestamp '1990-01-01' + n * interval '7 hours 13 minutes' as t from generate_series(0, 9000) n
               union all select timestamp '2026-03-28' + n * interval '15 minutes' from generate_series(0, 900) n
               union all select timestamp '2026-10-03' + n * interval '15 minutes' from generate_series(0, 3000) n) times`,
        z.object({ local: z.string(), moment: z.coerce.number(), utc: z.coerce.number(), shown: z.string() }),
      )
      expect(rows.length).toBeGreaterThan(12_000)
      expect(rows.filter(({ local, moment }) => momentIn(local, zone).getTime() !== moment)).toEqual([])
      expect(rows.filter(({ utc, shown }) => zone.localAt(utc) !== momentIn(shown).getTime())).toEqual([])
    },
  )

  it('reads every text that is written', async () => {
    const texts = ['infinity', '-infinity', momentText(new Date(-1e14)), momentText(new Date(1e15)), '24:00:00']
    const [row] = await world.rowsOf(
      `select '${texts[0]}'::timestamptz = 'infinity' as a, '${texts[1]}'::date = '-infinity' as b,
              extract(epoch from '${texts[2]}'::timestamptz) * 1000 as c, extract(epoch from '${texts[3]}'::timestamptz) * 1000 as d,
              '${texts[4]}'::time = '24:00' as e`,
      z.object({ a: z.boolean(), b: z.boolean(), c: z.coerce.number(), d: z.coerce.number(), e: z.boolean() }),
    )
    expect(row).toEqual({ a: true, b: true, c: -1e14, d: 1e15, e: true })
  })
})
