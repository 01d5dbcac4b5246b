interface ModelBlock {
  model: string
  /** The lines between its braces. */
  body: string
}

/** The models and views of files in Prisma's language. */
export function modelBlocks(texts: readonly string[]): ModelBlock[] {
  const blocks = texts.flatMap((text) => [...text.matchAll(/^(?:model|view) (\w+) \{$([\s\S]*?)^\}$/gm)])
  return blocks.map(([, model = '', body = '']) => ({ model, body }))
}
