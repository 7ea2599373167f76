-- The health checks of a server and its database, and readiness.

-- health_server --
-- What the server is, and whether what it acknowledges is on disk.
SELECT
    current_setting('server_version_num')::integer,
    current_setting('server_version'),
    current_user,
    current_setting('fsync') = 'on'
        AND current_setting('full_page_writes') = 'on'
        AND current_setting('synchronous_commit') <> 'off';

-- health_roles --
-- The roles of the record: whether each could pass by row-level security, and whether we may act as it.
SELECT rolname, rolsuper OR rolbypassrls, pg_has_role(current_user, oid, 'MEMBER')
FROM pg_roles
WHERE rolname = ANY (%(roles)s);

-- health_tables --
-- Every table that holds rows of tenants: whether its row-level security is forced on its owner too, and what the
-- application may do with it beyond reading and adding.
SELECT
    relname,
    relrowsecurity AND relforcerowsecurity,
    array_remove(ARRAY[
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'UPDATE') THEN 'UPDATE' END,
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'DELETE') THEN 'DELETE' END,
        CASE WHEN has_table_privilege('parley_app', pg_class.oid, 'TRUNCATE') THEN 'TRUNCATE' END
    ], NULL)
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p')
    AND EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attname = 'tenant' AND NOT attisdropped
    )
ORDER BY relname;

-- health_connections --
-- What the other connections to this database are for, of those that name themselves so: `parley append`.
SELECT substr(application_name, length('parley ') + 1), count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, 'parley ')
GROUP BY 1
ORDER BY 1;

-- write_trial --
-- Whether the server can write, with nothing left behind: a message in the write-ahead log, flushed at commit, and a
-- temporary file of some 300 KB, which the rows need that do not fit into work_mem.
SELECT pg_logical_emit_message(true, 'parley', 'write trial'), count(*) FROM generate_series(1, 20000);

-- health_replication --
-- Whether the server is a standby; which standbys a commit waits for, as set; how many are connected; how many of those are
-- synchronous, and how far the slowest is behind in bytes of write-ahead log (both null where the role may not know).
SELECT
    pg_is_in_recovery(),
    current_setting('synchronous_standby_names'),
    count(pid),
    CASE WHEN count(pid) = count(sync_state) THEN count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')) END,
    CASE WHEN NOT pg_is_in_recovery() THEN max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint END
FROM pg_stat_replication;

-- health_move --
-- A log in the transaction of its tenant: the state of its last move and the other database, both null where none is noted;
-- whether the directory assigns the log to another database; whether a command moves it now, by the lock of such commands
-- (see move_commands_lock).
SELECT
    (SELECT state FROM log_moves WHERE tenant = %(tenant)s),
    (SELECT place FROM log_moves WHERE tenant = %(tenant)s),
    EXISTS (SELECT FROM log_databases WHERE tenant = %(tenant)s),
    EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory'
            AND objsubid = 1
            AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid::bigint << 32 | objid::bigint = hashtextextended('parley moving ' || %(tenant)s, 0)
    );
