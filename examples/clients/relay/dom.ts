import { Window } from 'happy-dom'

// The browser of this program. Import it before React, which looks for one when it loads.
const window = new Window()
const { document, MutationObserver } = window
Object.assign(globalThis, { window, document, MutationObserver })
