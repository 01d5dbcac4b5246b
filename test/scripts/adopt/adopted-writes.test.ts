import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { onServer } from '../../support/database-server.ts'
import { adoptedProject, adoptIn, typeErrorsIn } from './support/adopted-project.ts'
import { type AdoptedWorld, adoptedWorld } from './support/adopted-world.ts'
import { foreignDatabase } from './support/foreign-database.ts'

let project: Awaited<ReturnType<typeof adoptedProject>>
let library: AdoptedWorld
let refusals: string[]
beforeAll(async () => {
  await using source = await foreignDatabase('library')
  project = await adoptedProject(source.url, '--name', 'library', '--writes', 'all')
  const refused = async (...args: string[]) =>
    (await adoptIn(project.folder, source.url, '--name', 'other', ...args)).stderr
  refusals = [await refused('--writes', 'cheap_book'), await refused('--writes', 'book,nowhere')]
  const tables = await readFile(join(import.meta.dirname, 'library.sql'), 'utf8')
  library = await adoptedWorld(project.folder, (ownerUrl) => onServer(ownerUrl, tables))
}, 300_000)
afterAll(async () => {
  await library?.world.close()
  await project?.[Symbol.asyncDispose]()
})

const idOf = z.object({ id: z.string() })
const bookId = z.object({ book: idOf }).transform(({ book }) => book.id)
const newBook = async (input: object) => bookId.parse(await library.mutate('bookCreate', input, 'book { id }'))
const bookOf = async (id: string, fields: string): Promise<unknown> => {
  const { book } = await library.ask(
    `query ($id: ID!) { book(id: $id) { ${fields} } }`,
    z.object({ book: z.unknown() }),
    { id },
  )
  return book
}
const counts = () =>
  library.world.rowsOf(
    'select (select count(*) from book)::int as books, (select count(*) from platform.pf_outbox)::int as events',
    z.object({ books: z.number(), events: z.number() }),
  )

describe('npm run adopt -- --writes', () => {
  it('makes what compiles, and says what is to be run and what cannot be created', async () => {
    expect(project.report).toContain(
      'Mutations write books, coordinates, favourites, loans, readers, reminders, shelves.',
    )
    expect(project.report).toContain('Run `npm run migrate` before the first one')
    expect(project.report).toContain('Not to be created, because a required column is not served: coordinates.')
    expect(await typeErrorsIn(project.folder)).toBe('')
  }, 240_000)

  it('refuses a view and a table that is not served in one sentence', () => {
    expect(refusals.map((text) => text.trim().split('\n').at(-1))).toEqual([
      'cheap_book is a view, which cannot be written: leave it out of --writes.',
      'Nothing is served from nowhere, so nothing can write it.',
    ])
  })
})

describe('a row that a mutation creates', () => {
  it('has the defaults of its table and what its trigger made, and is told as an event', async () => {
    const input = { title: 'Defaults', price: '1.50', tags: ['a', 'b'], facts: { pages: 3 } }
    const id = await newBook(input)
    expect(await bookOf(id, 'title price gross slug language binding tags facts version rating')).toEqual({
      ...input,
      gross: '3.00',
      slug: 'defaults',
      language: 'en',
      binding: 'PAPER',
      version: 1,
      rating: null,
    })
    const [event] = await library.world.rowsOf(
      'select topic_nm as topic, event_doc as payload from platform.pf_outbox order by uid desc limit 1',
      z.object({ topic: z.string(), payload: z.unknown() }),
    )
    expect(event).toEqual({ topic: 'book.changed', payload: { bookId: id, change: 'INSERTED', changed: [] } })
  })

  it('is created once for an idempotency key', async () => {
    const input = { title: 'Once', price: '1', idempotencyKey: 'once' }
    const first = await library.mutate('bookCreate', input, 'book { id }')
    const second = await library.mutate('bookCreate', input, 'book { id }')
    expect(second).toEqual({ ...first, replayed: true })
  })

  it('has a key of the client where the table gives none, and the rows that it belongs to by their ids', async () => {
    const shelf = await library.mutate('shelfCreate', { code: 'A', name: 'First' }, 'shelf { id code floor }')
    expect(shelf.shelf).toMatchObject({ code: 'A', floor: 1 })
    const { id: shelfId } = idOf.parse(shelf.shelf)
    const id = await newBook({ title: 'Shelved', price: '2', shelfId })
    expect(await bookOf(id, 'shelf { name }')).toEqual({ shelf: { name: 'First' } })
    await library.mutate('bookUpdate', { bookId: id, expectedVersion: 1, shelfId: null })
    expect(await bookOf(id, 'shelf { name } version')).toEqual({ shelf: null, version: 2 })
  })
})

describe('a write is refused, with nothing changed, for', () => {
  const book = { title: 'Refused', price: '9.00' }
  it.each([
    ['a text that is empty', { ...book, title: '' }, 'BLANK title: It must say something.'],
    [
      'a text that is too long',
      { ...book, title: 'a'.repeat(13) },
      'TOO_LONG title: At most 12 characters; these are 13.',
    ],
    ['a number below its smallest', { ...book, price: '-1' }, 'OUT_OF_RANGE price: It is at least 0.'],
    ['too many digits', { ...book, price: '10000' }, 'OUT_OF_RANGE price: It is above -10000 and below 10000.'],
    [
      'digits that would be rounded',
      { ...book, price: '1.005' },
      'OUT_OF_RANGE price: At most 2 digits behind the point.',
    ],
    ['a number outside of its range', { ...book, rating: 6 }, 'OUT_OF_RANGE rating: It is from 1 to 5.'],
    ['a text that is none of a list', { ...book, language: 'fr' }, 'INVALID_VALUE language: It is one of en, de.'],
    [
      'days in the wrong order',
      { ...book, printed: '2026-02-01', sold: '2026-01-01' },
      'INVALID_VALUE printed: It must hold: printed is at most sold.',
    ],
    [
      'two values that do not go together',
      { ...book, discount: '9.00' },
      'INVALID_VALUE discount: It must hold: discount is left out or discount is below price.',
    ],
    ['a condition that cannot be said', { ...book, title: 'Never' }, 'INVALID_VALUE slug: This value is not allowed.'],
    ['what a trigger raises', { ...book, title: 'secret' }, 'INVALID_VALUE : A rule of the table refuses this.'],
    [
      'a row that is not there',
      { ...book, shelfId: 'shelf_0' },
      'NOT_FOUND shelfId: There is no such shelf, or none that this viewer sees.',
    ],
  ])('%s', async (_what, input, refusal) => {
    const before = await counts()
    expect(await library.refused('bookCreate', input)).toEqual([refusal])
    expect(await counts()).toEqual(before)
  })

  it('all that is wrong, at once', async () => {
    const input = { title: '', price: '-1', rating: 0, shelfId: 'book_1' }
    const refused = await library.refused('bookCreate', input)
    expect(refused.map((text) => text.split(':')[0]).sort()).toEqual([
      'BLANK title',
      'NOT_FOUND shelfId',
      'OUT_OF_RANGE price',
      'OUT_OF_RANGE rating',
    ])
  })

  it('a value that only one row may have, by constraints, indexes and keys', async () => {
    const shelf = idOf.parse((await library.mutate('shelfCreate', { code: 'B', name: 'Second' }, 'shelf { id }')).shelf)
    await newBook({ title: 'Taken', price: '1', isbn: '12345', shelfId: shelf.id })
    expect(await library.refused('bookCreate', { title: 'Other', price: '1', isbn: '12345' })).toEqual([
      'TAKEN isbn: Another book has this isbn.',
    ])
    expect(await library.refused('bookCreate', { title: 'Taken', price: '1', shelfId: shelf.id })).toEqual([
      'TAKEN shelfId: Another book has this shelfId and title.',
    ])
    expect(await library.refused('bookCreate', { title: 'TAKEN', price: '1' })).toEqual([
      'TAKEN : Another row has this value, which only one may have.',
    ])
    expect(await library.refused('shelfCreate', { code: 'B', name: 'Third' })).toEqual([
      'TAKEN code: Another shelf has this code.',
    ])
  })

  it('a value that only one row may have, where the constraint waits for the commit', async () => {
    await library.mutate('readerCreate', { number: 50, email: 'a@example.org', card: 'C' })
    expect(await library.refused('readerCreate', { number: 51, email: 'b@example.org', card: 'C' })).toEqual([
      'TAKEN card: Another reader has this card.',
    ])
  })

  it('a number that its column cannot hold', async () => {
    expect(await library.refused('shelfCreate', { code: 'C', name: 'Third', floor: 40_000 })).toEqual([
      'OUT_OF_RANGE floor: It is from -32768 to 32767.',
    ])
  })

  it('a required value that is emptied, and an input that asks for nothing', async () => {
    const id = await newBook({ title: 'Empty', price: '1' })
    expect(await library.refused('bookUpdate', { bookId: id, expectedVersion: 1, title: null })).toEqual([
      'REQUIRED title: It can be left out, but not be emptied.',
    ])
    expect(await library.refused('bookUpdate', { bookId: id, expectedVersion: 1 })).toEqual([
      'NOTHING_TO_DO : Nothing was asked for.',
    ])
    expect(await bookOf(id, 'title version')).toEqual({ title: 'Empty', version: 1 })
  })

  it('strangers, who see neither mutation nor row', async () => {
    const query = 'mutation { bookCreate(input: { title: "a", price: "1" }) { book { id } } }'
    expect(library.codesOf(await library.world.as('anonymous').query(query))).toEqual(['UNAUTHENTICATED'])
  })
})

describe('a version', () => {
  it('lets one of two changes through that saw the same row, and shows the other what is there', async () => {
    const id = await newBook({ title: 'Versioned', price: '1' })
    const change = (title: string) =>
      library.mutate('bookUpdate', { bookId: id, expectedVersion: 1, title }, 'book { title version }')
    const answers = await Promise.all([change('One'), change('Two')])
    const refused = answers.filter(({ userErrors }) => userErrors.length > 0)
    const done = answers.filter(({ userErrors }) => userErrors.length === 0)
    expect([done.length, refused.map(({ userErrors }) => userErrors[0]?.code)]).toEqual([1, ['CONFLICT']])
    expect(refused[0]?.book).toEqual(done[0]?.book)
    expect(await library.refused('bookDelete', { bookId: id, expectedVersion: 1 })).toEqual([
      'CONFLICT expectedVersion: Somebody else changed it meanwhile; look at its current state, and try again with its version.',
    ])
    expect(await library.refused('bookDelete', { bookId: id, expectedVersion: 2 })).toEqual([])
  })

  it('is the time of the last change where the table has one', async () => {
    const book = await newBook({ title: 'Lent', price: '1' })
    const reader = idOf.parse(
      (await library.mutate('readerCreate', { number: 60, email: 'c@example.org' }, 'reader { id }')).reader,
    )
    const lent = z.object({ id: z.string(), modified: z.string() })
    const loan = lent.parse(
      (
        await library.mutate(
          'loanCreate',
          { bookId: book, readerId: reader.id, due: '2026-01-01' },
          'loan { id modified }',
        )
      ).loan,
    )
    const change = { loanId: loan.id, expectedModified: loan.modified, due: '2026-02-01' }
    const changed = await library.mutate('loanUpdate', change, 'loan { id modified }')
    expect(lent.parse(changed.loan).modified > loan.modified).toBe(true)
    expect((await library.refused('loanUpdate', change))[0]).toMatch(/^CONFLICT expectedModified: /)
  })
})

describe('a row that others refer to', () => {
  it('is deleted with what belongs to it, but not while something else keeps it', async () => {
    const book = await newBook({ title: 'Kept', price: '1' })
    const next = await newBook({ title: 'Next', price: '1', successorId: book })
    const reader = idOf.parse(
      (await library.mutate('readerCreate', { number: 70, email: 'd@example.org' }, 'reader { id }')).reader,
    ).id
    const loan = idOf.parse(
      (
        await library.mutate(
          'loanCreate',
          { bookId: book, readerId: reader, due: '2026-01-01' },
          'loan { id modified }',
        )
      ).loan,
    ).id
    await library.mutate('favouriteCreate', { bookId: book, readerId: reader })
    const reminder = await library.mutate(
      'reminderCreate',
      { loanId: loan, position: 1, words: 'Please' },
      'reminder { id words loan { id } }',
    )
    expect(reminder.reminder).toMatchObject({ words: 'Please', loan: { id: loan } })

    const before = await counts()
    expect(await library.refused('bookDelete', { bookId: book, expectedVersion: 1 })).toEqual([
      'IN_USE bookId: Still refer to it: loans.',
    ])
    expect(await library.refused('readerDelete', { readerId: reader })).toEqual([
      'IN_USE readerId: Still refer to it: favourites and loans.',
    ])
    expect(await counts()).toEqual(before)

    const { modified } = await library
      .ask('query ($id: ID!) { loan(id: $id) { modified } }', z.object({ loan: z.object({ modified: z.string() }) }), {
        id: loan,
      })
      .then(({ loan }) => loan)
    expect(await library.refused('loanDelete', { loanId: loan, expectedModified: modified })).toEqual([])
    expect(await library.refused('bookDelete', { bookId: book, expectedVersion: 1 })).toEqual([])
    expect(await bookOf(next, 'successor { id }')).toEqual({ successor: null })
    expect(await library.refused('bookDelete', { bookId: book, expectedVersion: 1 })).toEqual([
      'NOT_FOUND bookId: There is no such book, or none that this viewer sees.',
    ])
  })

  it('of several columns is named as one, and must belong to the same', async () => {
    const reader = idOf.parse(
      (await library.mutate('readerCreate', { number: 80, email: 'e@example.org' }, 'reader { id }')).reader,
    ).id
    const loanOf = async (title: string) => {
      const bookId = await newBook({ title, price: '1' })
      return idOf.parse(
        (await library.mutate('loanCreate', { bookId, readerId: reader, due: '2026-01-01' }, 'loan { id }')).loan,
      ).id
    }
    const [one, other] = [await loanOf('Loan one'), await loanOf('Loan two')]
    const first = idOf.parse(
      (await library.mutate('reminderCreate', { loanId: one, position: 1, words: 'a' }, 'reminder { id }')).reminder,
    ).id
    expect(
      await library.refused('reminderCreate', { loanId: other, position: 2, words: 'b', followsReminderId: first }),
    ).toEqual(['INVALID_VALUE followsReminderId: It belongs to something else than the rest of the input.'])
    const second = await library.mutate(
      'reminderCreate',
      { loanId: one, position: 2, words: 'b', followsReminderId: first },
      'reminder { followsReminder { words } id }',
    )
    expect(second.reminder).toMatchObject({ followsReminder: { words: 'a' } })
    const { id } = idOf.parse(second.reminder)
    const freed = await library.mutate(
      'reminderUpdate',
      { reminderId: id, followsReminderId: null },
      'reminder { followsReminder { words } }',
    )
    expect(freed.reminder).toEqual({ followsReminder: null })
  })
})
