export interface DemoViewer {
  label: string
  token: string
}

interface Example {
  title: string
  query: string
}

const root = '<div id="root"></div>'
const script = '<script>'

/**
 * GraphiQL as one page that loads nothing from elsewhere. In development it has a bar to pick a demo viewer, whose
 * token is put on every request that has no `Authorization` header of its own, or says why they are withheld. Its scripts carry the nonce that the
 * answer's content security policy names.
 */
export class GraphiQLPage {
  readonly #examples: readonly Example[]
  /** What stands before the bar, between it and the page's one script, and after; rendered once. */
  #parts: Promise<readonly [string, string, string]> | undefined

  constructor(examples: readonly Example[]) {
    this.#examples = examples
  }

  async html(demoViewers: readonly DemoViewer[] | 'withheld', nonce: string): Promise<string> {
    this.#parts ??= this.#render().then(partsOf)
    const [head, body, rest] = await this.#parts
    const bar = demoViewers === 'withheld' ? withheldBar : demoViewers.length > 0 ? viewerBar(demoViewers, nonce) : ''
    return `${head}${bar}${body}<script nonce="${nonce}">${rest}`
  }

  /** Nine megabytes, which no start waits for. */
  async #render(): Promise<string> {
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
    return renderGraphiQL({
      title: 'Frontdoor',
      defaultTabs: this.#examples.map(({ title, query }) => ({ query: `# ${title}\n${query}` })),
      shouldPersistHeaders: false,
    })
  }
}

function partsOf(page: string): [string, string, string] {
  const bar = page.indexOf(root)
  const code = page.indexOf(script, bar)
  if (bar < 0 || code < 0) throw new Error('the page of GraphiQL has another shape than it had')
  return [page.slice(0, bar), page.slice(bar, code), page.slice(code + script.length)]
}

const barStyle = `
<style>
  #viewer-bar { display: flex; gap: 8px; align-items: center; height: 36px; padding: 0 16px; box-sizing: border-box;
    font: 14px system-ui, sans-serif; background: #1f2937; color: #f9fafb; }
  #viewer-bar select { font: inherit; padding: 2px 6px; }
  #root .graphiql-container { height: calc(100vh - 36px); width: 100%; }
</style>`

const withheldBar = `${barStyle}
<div id="viewer-bar">To run as a demo viewer, open this page at localhost: their tokens are given to no other host name.</div>`

function viewerBar(demoViewers: readonly DemoViewer[], nonce: string): string {
  const options = demoViewers.map(({ label }, index) => `<option value="${index}">${escapeHtml(label)}</option>`)
  // `<` is escaped, so no token or label can end the script.
  const tokens = JSON.stringify(demoViewers.map(({ token }) => token)).replaceAll('<', '\\u003c')
  return `${barStyle}
<div id="viewer-bar">
  <label for="viewer">Run as</label>
  <select id="viewer"><option value="">nobody (anonymous)</option>${options.join('')}</select>
  <span>development only</span>
</div>
<script nonce="${nonce}">
  (() => {
    const tokens = ${tokens};
    const select = document.getElementById('viewer');
    const key = 'frontdoor:viewer';
    select.value = sessionStorage.getItem(key) ?? '';
    select.addEventListener('change', () => sessionStorage.setItem(key, select.value));
    const send = window.fetch.bind(window);
    window.fetch = (input, init = {}) => {
      const headers = new Headers(init.headers);
      const token = tokens[select.value];
      if (select.value !== '' && token && !headers.has('authorization')) headers.set('authorization', 'Bearer ' + token);
      return send(input, { ...init, headers });
    };
  })();
</script>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
