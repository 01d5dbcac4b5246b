import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readingRefusal } from '../../../scripts/adopt/refusals.ts'
import { writeFiles } from '../../second-domain/support/project.ts'
import { freePort } from '../../support/free-port.ts'
import { adoptIn } from './support/adopted-project.ts'
import { refusingServer, serverOfVersion, serverWithPasswords } from './support/fake-server.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'
import { commit, type SmallRepository, smallRepository } from './support/small-repository.ts'

const reader = 'frontdoor_reader_of_nothing'

let chinook: ForeignDatabase
let project: SmallRepository
let hash: string
beforeAll(async () => {
  chinook = await foreignDatabase('chinook', 'create schema sales create table "order" (id integer primary key)')
  await chinook.run(`create role ${reader} login password 'none' connection limit 5`)
  project = await smallRepository()
  hash = await project.hash()
})
afterAll(async () => {
  await chinook.run(`drop owned by ${reader}`, `drop role ${reader}`)
  await chinook[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

/** The URL with other parts. */
function urlWith(parts: Partial<URL>): string {
  return Object.assign(new URL(chinook.url), parts).href
}

function place(): string {
  const { hostname, port, searchParams } = new URL(chinook.url)
  return searchParams.get('host') ?? `${hostname}:${port || '5432'}`
}

/** What the command says, which has written nothing. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await adoptIn(project.folder, ...args)
  expect([code, stdout, await project.changes(), await project.hash()]).toEqual([1, '', '', hash])
  return stderr.trim().split('\n\nnpm run adopt')[0] ?? ''
}

const oddSigns =
  'The URL cannot be read: in a password @ is written %40, / is %2F, : is %3A, # is %23, ? is %3F and % is %25.'

describe('npm run adopt refuses in one sentence, with nothing written,', () => {
  it.each([
    [[], 'Which database?'],
    [['nonsense'], 'The URL cannot be read: it is like postgresql://user:password@host:5432/database.'],
    [['mysql://localhost/x'], 'Only PostgreSQL can be adopted: the URL begins with postgresql://.'],
    [
      ['postgresql://localhost'],
      'The URL names no database: it is like postgresql://user:password@host:5432/database.',
    ],
    [['postgresql://nowhere.invalid/x'], 'There is no host nowhere.invalid: check the URL.'],
    [['postgresql://localhost/x', '--tables', 'a,,b'], 'Names are separated by single commas.'],
    [['postgresql://localhost/x', '--rows', '5'], "Unknown option '--rows'"],
  ])('%s', async (args, sentence) => {
    expect(await refusal(...args)).toBe(sentence)
  })

  it.each([
    'postgresql://me:s3cret@1/x@localhost/x',
    'postgresql://me:s3cret/1@localhost/x',
    'postgresql://me:s3cret#1@localhost/x',
    'postgresql://me:s3cret?1@localhost/x',
    'postgresql://me:s3cret%1@localhost/x',
  ])('a password with an odd sign that is not written as a code, and does not repeat it: %s', async (url) => {
    expect(await refusal(url)).toBe(oddSigns)
  })

  it('a password with a space, without repeating it', async () => {
    expect(await refusal('postgresql://me:my', 's3cret@localhost/x')).toBe(
      'There are several URLs, or one with a space in it, which is written %20.',
    )
  })

  it('a server that does not listen', async () => {
    const port = await freePort()
    expect(await refusal(`postgresql://127.0.0.1:${port}/x`)).toBe(
      `No server listens at 127.0.0.1:${port}: start it, or check host and port of the URL.`,
    )
  })

  it('a server that is not PostgreSQL', async () => {
    const server = createServer((_request, response) => response.end('hello'))
    const port = await freePort()
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    expect(await refusal(`postgresql://127.0.0.1:${port}/x`)).toBe(
      `What listens at 127.0.0.1:${port} does not answer as PostgreSQL does: check host and port of the URL.`,
    )
  })

  it('a server that is too old', async () => {
    await using server = await serverOfVersion(110_022)
    expect(await refusal(`postgresql://127.0.0.1:${server.port}/x`, '--name', 'music')).toBe(
      'The server is PostgreSQL 11, which is too old: the oldest supported version is 12.',
    )
  })

  it('a wrong password, which it does not repeat, and a password that is missing', async () => {
    await using refusing = await refusingServer('28P01', 'password authentication failed for user "me"')
    expect(await refusal(`postgresql://me:p%40ss%2Fw%3Ard%23%25@127.0.0.1:${refusing.port}/x`)).toBe(
      `The server at 127.0.0.1:${refusing.port} refuses: password authentication failed for user "me". Check the user and the password in the URL.`,
    )
    await using asking = await serverWithPasswords()
    expect(await refusal(`postgresql://me@127.0.0.1:${asking.port}/x`)).toBe(
      `The server at 127.0.0.1:${asking.port} wants a password: put it into the URL or into PGPASSWORD.`,
    )
  })

  it.each([
    ['53300', 'sorry, too many clients already', 'Close other connections, or try again later.'],
    ['57P03', 'the database system is starting up', 'Try again when it is up.'],
    [
      '28000',
      'no pg_hba.conf entry for host "h", user "me", database "x", no encryption',
      'Check the user in the URL, and add ?sslmode=require where the server wants encryption.',
    ],
  ])('what the server says, with what to do: %s', async (code, why, advice) => {
    await using server = await refusingServer(code, why)
    expect(await refusal(`postgresql://me@127.0.0.1:${server.port}/x`)).toBe(
      `The server at 127.0.0.1:${server.port} refuses: ${why}. ${advice}`,
    )
  })

  it('a database that is not there', async () => {
    expect(await refusal(urlWith({ pathname: '/nowhere' }))).toBe(
      `The server at ${place()} refuses: database "nowhere" does not exist. Check the name at the end of the URL.`,
    )
  })

  it('a role that may read nothing, may not see the schema, may not connect, or has too many connections', async () => {
    const url = urlWith({ username: reader, password: 'none' })
    const database = new URL(chinook.url).pathname.slice(1)
    const nothing = `The role ${reader} may read none of the 11 tables: grant it USAGE on the schema and SELECT on the tables.`
    expect(await refusal(url, '--name', 'music')).toBe(nothing)
    await chinook.run(`grant select on all tables in schema sales to ${reader}`)
    expect(await refusal(url, '--name', 'music', '--schema', 'sales')).toBe(nothing.replace('11', '1'))
    await chinook.run(`revoke connect on database ${database} from public`)
    expect(await refusal(url)).toBe(
      `The server at ${place()} refuses: permission denied for database "${database}". Ask its owner to grant this role what it lacks: CONNECT on the database, USAGE on the schemas, SELECT on the tables.`,
    )
    await chinook.run(`grant connect on database ${database} to public`, `alter role ${reader} connection limit 0`)
    expect(await refusal(url)).toBe(
      `The server at ${place()} refuses: too many connections for role "${reader}". Close other connections, or try again later.`,
    )
  })

  it('a server that ends the statement or the connection', async () => {
    const error = await chinook
      .with(async (client) => {
        await client.query('set statement_timeout = 1')
        await client.query('select pg_sleep(10)')
      })
      .catch((reason: unknown) => reason)
    expect(readingRefusal(error, new URL('postgresql://db/x'))).toEqual(
      new Error(
        'The server at db:5432 refuses: canceling statement due to statement timeout. Try again when the server has less to do, or read less with --schema and --tables.',
      ),
    )
    const lost = new Error('Connection terminated unexpectedly')
    expect(readingRefusal(lost, new URL('postgresql://db/x'))).toEqual(
      new Error('The server at db:5432 ended the connection: try again.'),
    )
  })

  it('a database without tables', async () => {
    await using empty = await foreignDatabase('chinook', 'drop schema public cascade', 'create schema public')
    expect(await refusal(empty.url)).toBe(
      `The database ${new URL(empty.url).pathname.slice(1)} has no tables in the schema public. Check the URL, or make tables first.`,
    )
  })

  it('a schema or a table that is not there', async () => {
    const database = new URL(chinook.url).pathname.slice(1)
    expect(await refusal(chinook.url, '--schema', 'empty')).toBe(
      `The database ${database} has no tables in the schema empty. There are tables in others: --schema public,sales`,
    )
    expect(await refusal(chinook.url, '--schema', 'public,empty')).toBe(
      `The database ${database} has no tables in the schema empty: check --schema.`,
    )
    expect(await refusal(chinook.url, '--tables', 'artist,singer')).toBe(
      `The database ${database} has no table singer in the schema public: check --tables and --schema.`,
    )
  })

  it.each([
    ['generated', 'The name "generated" is taken: there is src/generated already. Choose another: --name NAME'],
    ['platform', 'The name "platform" is taken: there is src/platform already. Choose another: --name NAME'],
    ['My_Music', 'The name "My_Music" is not in lower case with dashes, such as "music": --name NAME'],
  ])('the name %s', async (name, sentence) => {
    expect(await refusal(chinook.url, '--name', name)).toBe(sentence)
  })

  it('a patch of a domain that is not there', async () => {
    expect(await refusal(chinook.url, '--name', 'music', '--patch')).toBe(
      'There is no domain music yet, which a patch could change: leave out --patch.',
    )
  })
})

describe('npm run adopt leaves as it is', () => {
  it('a work tree with changes', async () => {
    await using changed = await smallRepository()
    await writeFile(join(changed.folder, 'notes.txt'), 'not committed')
    const before = await changed.hash()
    const { code, stderr } = await adoptIn(changed.folder, chinook.url, '--name', 'music')
    expect([code, stderr.trim(), await changed.hash()]).toEqual([
      1,
      'The work tree has a file that is not committed: commit or stash it first.',
      before,
    ])
  })

  it('a domain that it did not write', async () => {
    await using changed = await smallRepository()
    await writeFiles(changed.folder, new Map([['src/music/index.ts', 'export const music = {}']]))
    await commit(changed.folder)
    const { code, stderr } = await adoptIn(changed.folder, chinook.url, '--name', 'music')
    expect([code, stderr.trim(), await changed.changes()]).toEqual([
      1,
      'The name "music" is taken: there is src/music already. Choose another: --name NAME',
      '',
    ])
  })

  it('a catalogue that it did not write', async () => {
    await using changed = await smallRepository()
    await writeFile(join(changed.folder, 'prisma/music.catalogue.json'), '{"tables": "all"}')
    await commit(changed.folder)
    const { code, stderr } = await adoptIn(changed.folder, chinook.url, '--name', 'music')
    expect([code, stderr.trim(), await changed.changes()]).toEqual([
      1,
      'prisma/music.catalogue.json is not what npm run adopt wrote: git checkout prisma/music.catalogue.json gives it back.',
      '',
    ])
  })
})
