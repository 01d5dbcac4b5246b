export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

export function bulletList(sentences: readonly string[]): string {
  return sentences.map((sentence) => `  - ${sentence}`).join('\n')
}
