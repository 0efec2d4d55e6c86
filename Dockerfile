# The first stage compiles, the second is what runs. scripts/check-image.ts carries these lines out without Docker.
FROM node:26.10.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY server server
COPY scripts scripts
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund

FROM node:26.10.0-slim
# Plain HTTP on an address that is not loopback is refused, so this image does not start before somebody has chosen:
# POLLWATCH_TLS_CERT_FILE and POLLWATCH_TLS_KEY_FILE, or POLLWATCH_INSECURE_HTTP=on where TLS ends in front of it.
ENV NODE_ENV=production POLLWATCH_HOST=0.0.0.0
WORKDIR /app
COPY package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scripts/health-check.js scripts/health-check.js
COPY schemas schemas
COPY collections collections
# The embedded store lies here. Nothing else is written, so the root file system may be read-only.
RUN mkdir data && chown 1000:1000 data
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /app/data
# 9464 is for POLLWATCH_METRICS_PORT, which is off unless it is set.
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# Over HTTP or HTTPS, as the settings say. Alive, not ready: a database that is away is no reason to start anew.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "scripts/health-check.js", "live"]
ENTRYPOINT ["node", "dist/scripts/pollwatch.js"]
CMD ["serve"]
