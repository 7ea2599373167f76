# etcd, for docker/compose.ha.yaml.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends etcd-server \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=etcd --group=etcd --mode=700 /var/lib/etcd
USER etcd
