import { Window } from 'happy-dom'

// The browser of this program; imported before React, which looks for one as it is loaded.
const window = new Window()
const { document, MutationObserver } = window
Object.assign(globalThis, { window, document, MutationObserver })
