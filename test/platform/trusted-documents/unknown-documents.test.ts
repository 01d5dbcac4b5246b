import { pino } from 'pino'
import { expect, it } from 'vitest'
import { TrustedDocuments } from '../../../src/platform/trusted-documents/trusted-documents.ts'
import { UnknownDocuments } from '../../../src/platform/trusted-documents/unknown-documents.ts'
import { schema } from '../../../src/schema.ts'

it('unknown documents are remembered up to a thousand, and then the oldest is logged again', async () => {
  let logged = 0
  const log = pino({}, { write: () => logged++ })
  const documents = new UnknownDocuments(await TrustedDocuments.read({ mode: 'log', path: undefined }, schema), log)
  const isLogged = (index: number) => {
    const before = logged
    documents.list(`query N${index} { __typename }`, `N${index}`, undefined)
    return logged === before + 1
  }
  for (let index = 0; index <= 1000; index++) expect(isLogged(index)).toBe(true)
  expect(isLogged(1000)).toBe(false)
  expect(isLogged(0)).toBe(true)
})
