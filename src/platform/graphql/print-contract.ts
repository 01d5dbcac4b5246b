import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { type GraphQLSchema, lexicographicSortSchema } from 'graphql'

/** The text of schema.graphql: sorted by name, with descriptions and the cost of each field. */
export function printContract(schema: GraphQLSchema): string {
  return `${aired(printSchemaWithDirectives(lexicographicSortSchema(schema)))}\n`
}

/** Puts a blank line before each description within a block, as graphql-js does, so that people can read long types. */
function aired(text: string): string {
  let described = false
  let before = ''
  const lines = text.split('\n').map((line) => {
    const quotes = line.split('"""').length - 1
    const opens = quotes > 0 && !described
    if (quotes === 1) described = !described
    const apart = opens && line.startsWith(' ') && !/[{(]$/.test(before)
    before = line
    return apart ? `\n${line}` : line
  })
  return lines.join('\n')
}
