/** The names of tables and enums, each with its schema, as the schema engine takes them. */
export interface ExternalNames {
  externalTables: string[]
  externalEnums: string[]
}

/** How a file of models begins whose tables another system owns. */
const mark = /^\/\/ external\b/
const blocks = /^(model|view|enum) \w+ \{$[\s\S]*?^\}$/gm

/** The tables and enums of all files that are marked as external. Migrations neither make nor change them. */
export function externalNames(files: readonly { content: string }[]): ExternalNames {
  const found = files
    .filter(({ content }) => mark.test(content))
    .flatMap(({ content }) => [...content.matchAll(blocks)])
    .map(([block, kind]) => ({ kind, name: `${attributeOf('schema', block)}.${attributeOf('map', block)}` }))
  const named = (isEnum: boolean) => found.filter(({ kind }) => (kind === 'enum') === isEnum).map(({ name }) => name)
  return { externalTables: named(false), externalEnums: named(true) }
}

function attributeOf(name: 'map' | 'schema', block: string): string {
  const value = new RegExp(String.raw`^\s*@@${name}\(("(?:[^"\\]|\\.)*")\)$`, 'm').exec(block)?.[1]
  if (value === undefined) throw new Error(`An external model has no @@${name}: ${block.split('\n', 1)[0]}`)
  return String(JSON.parse(value))
}
