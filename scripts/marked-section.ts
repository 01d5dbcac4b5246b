/** The text with the section between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withSection(text: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!section.test(text)) throw new Error(`There is no <!-- ${name} --> … <!-- /${name} --> section.`)
  return text.replace(section, (_all, start: string, end: string) => `${start}\n${content}\n\n${end}`)
}
