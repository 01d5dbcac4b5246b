import { defineConfig } from 'prisma/config'

// No datasource URL: the CLI here only generates the client; `npm run migrate` speaks to databases itself.
export default defineConfig({ schema: 'prisma' })
