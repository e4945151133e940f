# Any image with Node.js 20.19 or newer; with nmap in it, nmap is the engine of the scan, else the built-in one.
ARG BASE=node:22-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json build.mjs ./
COPY src ./src
RUN node build.mjs

FROM ${BASE}
WORKDIR /portcullis
COPY package.json LICENSE* ./
COPY --from=build /build/dist/ ./dist/
ENV NODE_ENV=production
USER 1000:1000
EXPOSE 8443 8081
ENTRYPOINT ["node", "/portcullis/dist/portcullis.js"]
