-- The settings, the role, the tenant and the advisory locks of a connection or a transaction.

-- application_settings --
-- Makes a fresh connection the application's. Everything is read through an index: a plan made while a log was still
-- empty must not go on scanning the full one.
SET ROLE parley_app;
SET timezone = 'UTC';
SET enable_seqscan = off;
SET jit = off;
SET plan_cache_mode = force_generic_plan;

-- limit_idle_transactions --
-- Ends the transaction of a process that is frozen, and with it its locks: also what alters tables waits for all that read
-- them, and others for that. It is for the present transaction alone, or for all of the connection.
SELECT set_config('idle_in_transaction_session_timeout', %(timeout)s, %(alone)s::boolean);

-- writer_settings --
-- The timeouts of an append. Its few index lookups are always the same: planned once, and never otherwise.
SELECT
    set_config('lock_timeout', %(timeout)s, false),
    set_config('idle_in_transaction_session_timeout', %(timeout)s, false),
    set_config('enable_hashjoin', 'off', false),
    set_config('enable_mergejoin', 'off', false);

-- is_in_recovery --
-- Whether the server is a hot standby.
SELECT pg_is_in_recovery();

-- replay_progress --
-- Of a hot standby: when the primary committed the last transaction that was replayed here, whether the write-ahead log is
-- replayed as far as given, and how many seconds it is behind. It is not behind while it is connected to the primary and has
-- replayed all that was received. Nulls before the first transaction.
SELECT
    pg_last_xact_replay_timestamp(),
    pg_last_wal_replay_lsn() >= %(lsn)s::pg_lsn,
    CASE
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
        ELSE extract(epoch FROM greatest(clock_timestamp() - pg_last_xact_replay_timestamp(), interval '0'))::float8
    END;

-- replay_mark --
-- A place in the write-ahead log of a primary after all that was committed until now. It is that of a record, which is sure to
-- be replayed.
SELECT pg_logical_emit_message(true, 'parley', 'mark')::text;

-- heartbeat --
-- A transaction of which standbys learn the time at which it was committed, where there are any: so they know how far an idle
-- primary has come.
SELECT pg_logical_emit_message(true, 'parley', 'heartbeat') WHERE EXISTS (SELECT FROM pg_stat_replication);

-- leader_settings --
-- Ends the connection of a leader that is frozen, and on a network notices one whose host is gone.
SELECT
    set_config('idle_session_timeout', %(timeout)s, false),
    set_config('idle_in_transaction_session_timeout', %(timeout)s, false),
    set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false),
    set_config('tcp_keepalives_count', '3', false),
    set_config('tcp_user_timeout', '10s', false);

-- ping --
-- Does nothing: a lost connection raises an error, and one that is used is not idle.
SELECT 1;

-- set_statement_timeout --
-- Limits the time of each statement of the connection.
SELECT set_config('statement_timeout', %(timeout)s, false);

-- set_tenant --
-- Names the tenant, until the transaction ends.
SELECT set_config('parley.tenant', %(tenant)b, true);

-- set_origin --
-- Names the origin of a log, until the transaction ends.
SELECT set_config('parley.origin', %(origin)s, true);

-- set_utc --
-- Writes instants in UTC until the transaction ends.
SET LOCAL timezone = 'UTC';

-- set_small_work_mem --
-- Makes sorts and materialized rows use temporary files until the transaction ends.
SET LOCAL work_mem = '64kB';

-- become_eraser --
-- Lets the transaction destroy payloads.
SET LOCAL ROLE parley_eraser;

-- become_signer --
-- Lets the connection store signed tree heads.
SET ROLE parley_signer;

-- become_owner --
-- The role that connected, until the transaction ends: it owns what was migrated.
SET LOCAL ROLE NONE;

-- current_schema --
-- The schema in which new tables are made; null where there is none.
SELECT current_schema();

-- schema_exists --
-- A row if there is a schema of this name.
SELECT 1 FROM pg_namespace WHERE nspname = %(schema)s;

-- create_schema --
-- Makes a schema.
CREATE SCHEMA {schema};

-- set_search_path --
-- Searches one schema alone until the transaction ends.
SET LOCAL search_path = {schema};

-- advisory_lock --
-- Takes a lock until it is released or the connection ends.
SELECT pg_advisory_lock(%(lock)s::bigint);

-- advisory_unlock --
-- Releases a lock.
SELECT pg_advisory_unlock(%(lock)s::bigint);

-- try_advisory_locks --
-- Which of these locks were taken, until the connection ends.
SELECT lock FROM unnest(%(locks)s::bigint[]) AS wanted (lock) WHERE pg_try_advisory_lock(lock);

-- advisory_transaction_lock --
-- Takes a lock until the transaction ends.
SELECT pg_advisory_xact_lock(%(lock)s::bigint);

-- notify --
-- Notifies those who listen to a channel.
SELECT pg_notify(%(channel)s, %(payload)s);
