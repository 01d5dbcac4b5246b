export interface DemoViewer {
  name: string
  label: string
  token: string
}

/** Withheld where the page is open at a name that another could have made to lead here. */
export type DemoViewers = readonly DemoViewer[] | 'withheld'

export interface PageLink {
  href: string
  name: string
}

/** Good for text and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
