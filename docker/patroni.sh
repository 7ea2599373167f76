#!/bin/sh
# Runs Patroni with a configuration that holds the name of this host and the passwords of the secrets.
set -eu
umask 077
superuser="$(cat /run/secrets/postgres_password)"
cat > /tmp/patroni.yml <<YAML
scope: parley
name: ${HOSTNAME}
restapi:
  listen: 0.0.0.0:8008
  connect_address: ${HOSTNAME}:8008
etcd3:
  hosts: etcd1:2379,etcd2:2379,etcd3:2379
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters:
        hot_standby_feedback: 'on'
  initdb:
    - encoding: UTF8
    - locale: C
    - data-checksums
  post_bootstrap: /opt/patroni/roles.sh
postgresql:
  listen: 0.0.0.0:5432
  connect_address: ${HOSTNAME}:5432
  data_dir: /var/lib/postgresql/patroni/data
  bin_dir: /usr/lib/postgresql/18/bin
  pgpass: /tmp/pgpass
  remove_data_directory_on_diverged_timelines: true
  basebackup:
    - checkpoint: fast
  authentication:
    superuser:
      username: postgres
      password: '${superuser}'
    replication:
      username: replicator
      password: '${superuser}'
  parameters:
    unix_socket_directories: /tmp
    password_encryption: scram-sha-256
  pg_hba:
    - local all all trust
    - host all all all scram-sha-256
    - host replication replicator all scram-sha-256
YAML
export PGHOST=/tmp
exec /opt/patroni/bin/patroni /tmp/patroni.yml
