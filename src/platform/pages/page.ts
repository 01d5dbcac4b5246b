export interface DemoViewer {
  name: string
  label: string
  token: string
}

/** `withheld` where the page was opened under a name that may resolve here by DNS rebinding. */
export type DemoViewers = readonly DemoViewer[] | 'withheld'

export interface PageLink {
  href: string
  name: string
}

/** Escapes text, and values of quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
