# One small image for every daemon: `docker build .`
# The simulators of the demo are an image of their own: `docker build --target simulators .`

# The official image brings gcc, g++, make, pkg-config and the zlib headers that librdkafka needs.
FROM rust:1.95-bookworm AS source
WORKDIR /src
COPY . .

FROM source AS build-daemons
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins \
      -p ingress -p orders -p inventory@0.1 -p payments -p invoicing -p shipping -p catalog -p coupons -p imports \
    && mkdir /out \
    && cd target/release \
    && cp ingress orders inventory payments invoicing shipping catalog coupons imports load-catalog make-admin dead-letters \
        rebuild-statuses rebuild-stock rebuild-search reconcile /out/

FROM source AS build-simulators
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins -p simulators \
    && mkdir /out \
    && cd target/release \
    && cp stripe-sim razorpay-sim carrier-sim messages-sim /out/

FROM debian:bookworm-slim AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home spareparts
USER spareparts
WORKDIR /etc/spareparts
STOPSIGNAL SIGTERM

# Development tools: they play the gateways and the carrier, and belong on no production machine.
FROM runtime AS simulators
COPY --from=build-simulators /out/ /usr/local/bin/

# The default target. `docker run spareparts orders`: the command names the daemon.
FROM runtime AS daemons
COPY --from=build-daemons /out/ /usr/local/bin/
COPY config/ /etc/spareparts/config/
# Production unless told otherwise: whoever forgets to say so gets no demo secret and no open Swagger.
ENV SPAREPARTS_ENV=production \
    SPAREPARTS_CONFIG_DIR=/etc/spareparts/config \
    SPAREPARTS_OPS__LISTEN=0.0.0.0:9100
EXPOSE 8080 9100
CMD ["ingress"]
