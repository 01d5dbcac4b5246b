import { escapeHtml } from '../../http/escape-html.ts'
import type { Json } from './api-row.ts'

interface Subject {
  subjectType: string
  subjectId: string
  madeAt: string
}

export function pageHead({ subjectType, subjectId, madeAt }: Subject): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Your data</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #d5dce4 }
dl { display: grid; grid-template-columns: minmax(10rem, max-content) 1fr; gap: .1rem 1rem; margin: 1rem 0; padding: .7rem 1rem; background: #f4f6f9; border-radius: .4rem }
dt { color: #55636f }
dd { margin: 0; overflow-wrap: anywhere }
</style>
<h1>Everything that is stored about you</h1>
<p>${escapeHtml(subjectType)} ${escapeHtml(subjectId)}, at ${escapeHtml(madeAt)}. The file <code>data.json</code> beside this page has the same for programs.</p>
`
}

export const pageEnd = '</html>\n'

export function sectionHtml(name: string, about: string): string {
  return `<h2>${escapeHtml(name)}</h2>\n${about === '' ? '' : `<p>${escapeHtml(about)}</p>\n`}`
}

export function recordHtml(record: { readonly [name: string]: Json }): string {
  const lines = Object.entries(record).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${valueHtml(value)}</dd>`,
  )
  return `<dl>${lines.join('')}</dl>\n`
}

function valueHtml(value: Json): string {
  if (value === null) return '–'
  if (Array.isArray(value)) return value.map(valueHtml).join(', ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, part]) => `${escapeHtml(name)}: ${valueHtml(part)}`)
      .join('; ')
  return escapeHtml(String(value))
}
