# syntax=docker/dockerfile:1

# Rust and a C compiler build everything; the image holds the program, glibc and root certificates, and no shell.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY tests tests
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked -p server \
    && install -D -m 0755 target/dist/countersign /out/countersign \
    && install -d -m 0700 -o 65532 -g 65532 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/countersign /usr/local/bin/countersign
# Written to only where the database is SQLite. Everything else may be read-only.
COPY --from=build --chown=65532:65532 /out/data /data
ENV COUNTERSIGN_DATA_DIRECTORY=/data
# config/production.toml is read from here where it is mounted: /countersign/config/production.toml.
WORKDIR /countersign
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s --retries=3 CMD ["/usr/local/bin/countersign", "healthcheck"]
# Without a configuration it ends with a sentence for each setting that is missing: there is no development mode here.
ENTRYPOINT ["/usr/local/bin/countersign"]
CMD ["serve"]
