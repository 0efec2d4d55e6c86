FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY server server
COPY scripts scripts
COPY schemas schemas
RUN npm run build

FROM node:26-slim
ENV NODE_ENV=production POLLWATCH_HOST=0.0.0.0
# Plain HTTP on 0.0.0.0 is refused, so the operator has to choose: POLLWATCH_TLS_CERT_FILE and POLLWATCH_TLS_KEY_FILE,
# or POLLWATCH_INSECURE_HTTP=on where a proxy in front ends TLS.
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force && mkdir data && chown node:node data
COPY schemas schemas
COPY collections collections
COPY --from=build /app/dist dist
USER node
VOLUME /app/data
EXPOSE 8080
# A certificate names the public host, not the loopback address, so the probe (and only it) does not check it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 node -e "\
  const scheme = process.env.POLLWATCH_TLS_CERT_FILE ? 'https' : 'http'; \
  fetch(scheme + '://127.0.0.1:' + (process.env.POLLWATCH_PORT || 8080) + '/health/live') \
    .then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
CMD ["node", "dist/scripts/pollwatch.js", "serve"]
