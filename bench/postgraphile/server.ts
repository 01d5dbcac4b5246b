// PostGraphile 5 as its documentation sets it up for production: the amber preset, no GraphiQL, no explain.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ['commerce'],
      poolConfig: { max: Number(process.env.DATABASE_POOL_SIZE) },
    }),
  ],
  // By default PostGraphile sorts by first columns of indexes only. Lines are sorted by a second column.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  // Lists beside connections, as Frontdoor has them for an order's lines.
  schema: { defaultBehavior: '+connection +list' },
  grafserv: { graphiql: false, websockets: false, watch: false, graphqlOverGET: true },
  grafast: { explain: false },
}

const server = createServer()
server.on('error', (error) => console.error(error))
const instance = postgraphile(preset)
await instance.createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), process.env.HOST)
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void instance.release()
})
