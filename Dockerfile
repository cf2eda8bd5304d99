# One image for every process; the command chooses which one runs. docs/deploy.md says how to run it with real credentials.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /ringer
COPY package.json package-lock.json .npmrc ./
COPY packages/payloads/package.json packages/payloads/
COPY packages/store/package.json packages/store/
COPY packages/service/package.json packages/service/
COPY packages/providers/package.json packages/providers/
COPY packages/diagnosis/package.json packages/diagnosis/
COPY packages/fakes/package.json packages/fakes/
COPY apps/ingress/package.json apps/ingress/
COPY apps/worker/package.json apps/worker/
COPY apps/simulator/package.json apps/simulator/
COPY apps/cli/package.json apps/cli/
# Leaves out the optional packages: a second Node and Google's storage clients.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /ringer
COPY --from=dependencies /ringer ./
COPY packages packages
COPY apps apps
# The operator's page links it.
COPY docs/diagnoses.md docs/
# Makes a named volume that is mounted here writable for the user that the processes run as.
RUN mkdir /credentials && chown node:node /credentials
USER node
# Node is process 1, so SIGTERM reaches it.
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--import", "@ringer/service/require-node-24"]
CMD ["apps/ingress/src/main.ts"]
