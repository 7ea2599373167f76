# PostgreSQL under Patroni, for docker/compose.ha.yaml.
FROM postgres:18-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/patroni \
    && /opt/patroni/bin/pip install --no-cache-dir 'patroni[etcd3,psycopg3]==4.1.0' 'psycopg[binary]==3.2.10' \
    && install --directory --owner=postgres --group=postgres --mode=700 /var/lib/postgresql/patroni
COPY docker/patroni.sh docker/roles.sh /opt/patroni/
USER postgres
ENTRYPOINT ["/opt/patroni/patroni.sh"]
