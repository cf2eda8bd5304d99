# Two images. `production` has the ingress, the worker and the command line for operators; it is the last stage, so it is what a
# build makes by default. `demo`, for docker-compose.yml, adds the simulator and the stand-ins.
# docs/deploy.md says how to run them.
FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /ringer
# Node is process 1, so SIGTERM reaches it.
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--import", "@ringer/service/require-node-24"]

FROM base AS manifests
COPY package.json package-lock.json .npmrc ./
COPY packages/payloads/package.json packages/payloads/
COPY packages/store/package.json packages/store/
COPY packages/service/package.json packages/service/
COPY packages/providers/package.json packages/providers/
COPY packages/diagnosis/package.json packages/diagnosis/
COPY apps/ingress/package.json apps/ingress/
COPY apps/worker/package.json apps/worker/
COPY apps/cli/package.json apps/cli/

# npm installs what the workspaces need that are there. The optional packages are a second Node and Google's storage clients.
FROM manifests AS production-dependencies
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM manifests AS demo-dependencies
COPY packages/client/package.json packages/client/
COPY packages/fakes/package.json packages/fakes/
COPY apps/simulator/package.json apps/simulator/
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM base AS demo
COPY --from=demo-dependencies /ringer ./
COPY packages packages
COPY apps apps
# What the admin port serves.
COPY docs/diagnoses.md docs/openapi.json docs/
# Makes a named volume that is mounted here writable for the user that the processes run as.
RUN mkdir /credentials && chown node:node /credentials
USER node
CMD ["apps/simulator/src/main.ts"]

FROM base AS production
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Ringer" \
  org.opencontainers.image.description="Makes the phone ring: CometChat call webhooks in, APNs VoIP pushes and FCM data messages out" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
# The old part of the heap may take this share of the container's memory limit, whatever the limit is; the rest is for the young part,
# sockets, TLS and code. Node's own default is 259 MB up to a limit of 512 MB, which is more than a container of 256 MB has, and half
# of a larger limit. The young part may take 16 MB: by default it is less than 10 MB up to a limit of 512 MB, and 128 MB without a limit,
# which costs memory. docs/decisions/node-options.md says what was measured.
ENV NODE_OPTIONS="--max-old-space-size-percentage=70 --max-semi-space-size=8"
COPY --from=production-dependencies /ringer ./
COPY packages/payloads packages/payloads
COPY packages/store packages/store
COPY packages/service packages/service
COPY packages/providers packages/providers
COPY packages/diagnosis packages/diagnosis
COPY apps/ingress apps/ingress
COPY apps/worker apps/worker
COPY apps/cli apps/cli
# What the admin port serves.
COPY docs/diagnoses.md docs/openapi.json docs/
ENV NODE_COMPILE_CACHE=/ringer/.compiled
RUN mkdir .compiled && chown node .compiled
USER node
# A process without settings loads its code and fails, and Node leaves what it compiled in the cache. Only this user and this version of
# Node can use the cache; another one starts as without it.
RUN for app in ingress worker; do ! node apps/$app/src/main.ts 2>/dev/null; done; \
  for command in serve why devices doctor; do node apps/cli/src/main.ts $command --help >/dev/null || exit 1; done; \
  chmod -R a-w .compiled
EXPOSE 3000 3001 3002
# Whether the process answers at all: the ingress and `ringer serve` on 3001, the worker on 3002. Not whether it is ready, because
# an orchestrator that restarts it while Redis is down would only make the recovery slower.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["node", "-e", "Promise.any([process.env.ADMIN_PORT || 3001, 3002].map(port => fetch(`http://127.0.0.1:${port}/health/live`).then(answer => answer.ok || Promise.reject()))).catch(() => process.exit(1))"]
CMD ["apps/ingress/src/main.ts"]
