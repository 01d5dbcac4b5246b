// Pothos, Prisma and Yoga as the libraries' guides put them together.
import { createServer } from 'node:http'
import { createYoga } from 'graphql-yoga'
import { prisma } from './client.ts'
import { schema } from './schema.ts'

const yoga = createYoga({ schema, graphiql: false, landingPage: false, logging: 'error' })
const server = createServer(yoga).listen(Number(process.env.PORT), process.env.HOST)
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void prisma.$disconnect()
})
