import type { Noun, Plan } from '../noun.ts'
import { isShown } from '../value-types.ts'
import { wordsOf } from '../words.ts'
import type { WrittenFile } from './code.ts'
import { sortsOf } from './list-options.ts'
import { looksPersonal } from './personal.ts'
import { shownFields } from './type-fields.ts'
import { fileOf } from './words-of-noun.ts'

/** A first set of named operations: one row and the list of each noun, without values that tell of persons. */
export function operationFiles({ nouns }: Plan, folder: string): WrittenFile[] {
  return nouns.flatMap((noun) => {
    const path = (verb: string) => `${folder}/operations/${fileOf(noun)}-${verb}.graphql`
    if (sortsOf(noun).length > 0)
      return [
        { path: path('find'), text: findOperation(noun) },
        { path: path('list'), text: listOperation(noun) },
      ]
    return fieldsOf(noun).length > 0 ? [{ path: path('list'), text: plainListOperation(noun) }] : []
  })
}

function findOperation(noun: Noun): string {
  const { model, one, phrase } = noun
  return `"One ${phrase}."
query ${model}Find($id: ID!) @rest(method: GET, path: "${pathOf(noun)}/{id}") @tool(readOnly: true) {
  ${one}(id: $id) {
${lines(fieldsOf(noun), '    ')}
  }
}
`
}

function listOperation(noun: Noun): string {
  const { model, many, phrases } = noun
  return `"The ${phrases}, page by page."
query ${model}List($first: Int, $after: String) @rest(method: GET, path: "${pathOf(noun)}") @tool(readOnly: true) {
  ${many}(first: $first, after: $after) {
    edges {
      node {
${lines(fieldsOf(noun), '        ')}
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`
}

/** Of rows without a key there are no pages. */
function plainListOperation(noun: Noun): string {
  const { model, many, phrases } = noun
  return `"The first ${phrases}."
query ${model}List($first: Int! = 20) @rest(method: GET, path: "${pathOf(noun)}") @tool(readOnly: true) {
  ${many}(first: $first) {
${lines(fieldsOf(noun), '    ')}
  }
}
`
}

function pathOf({ many }: Noun): string {
  return `/${wordsOf(many).join('-')}`
}

function fieldsOf(noun: Noun): string[] {
  const plain = shownFields(noun).filter(({ field, value }) => isShown(value) && !looksPersonal(field))
  return [...(noun.key.length > 0 ? ['id'] : []), ...plain.map(({ field }) => field.name)]
}

function lines(fields: readonly string[], indent: string): string {
  return fields.map((field) => `${indent}${field}`).join('\n')
}
