# Two stages: the first generates the client and drops what only development needs, the second is what runs.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: the image's own Node is the right one, and the generator is called below.
# No optional packages: the embedded PostgreSQL stays out of production.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json prisma.config.ts ./
COPY scripts scripts
COPY prisma prisma
COPY src src
ENV PATH=/usr/local/bin:/app/node_modules/.bin:$PATH
RUN node scripts/generate.ts && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/scripts scripts
COPY --from=build /app/prisma prisma
COPY --from=build /app/src src
# A folder for BULK_FILES=/files, on which a volume can be mounted.
RUN install -d -o node -g node /files
USER node
EXPOSE 4000
# The process answers; whether it can serve is /readyz, for the load balancer.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, without npm in between, so that SIGTERM reaches it and it drains.
CMD ["node", "--import", "./scripts/require-node.js", "src/main.ts"]
