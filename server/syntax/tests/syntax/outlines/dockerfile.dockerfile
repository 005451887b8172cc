ARG VERSION=3
# Builds it.
FROM rust:${VERSION} AS build
ENV MODE=release
RUN cargo build

FROM build AS test
FROM debian:12
COPY --from=build /app /app
