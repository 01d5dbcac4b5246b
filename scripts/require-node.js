// Preloaded by every npm script. Plain JavaScript, so that a Node too old for TypeScript can read it.
import * as module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Frontdoor needs Node 22.18 or later; this is ${process.versions.node} (${process.execPath}).\n` +
      'npm scripts run on the Node 24 that "npm install" puts into node_modules/.bin: run "npm install" first, without\n' +
      '--omit=dev or --ignore-scripts, and start scripts through npm ("npm start", "npm test").',
  )
  process.exit(1)
}

// Caches compiled code for the next start, and for child processes.
const { directory } = module.enableCompileCache()
if (directory) process.env.NODE_COMPILE_CACHE ??= directory
