-- The migrations of a database, the logs that it holds, and backups of logs.

-- migrations_table --
-- Which migrations this database has had, and the hash of the file as it was then: an edited one is refused.
CREATE TABLE IF NOT EXISTS migrations (
    number      integer     NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    sha256      text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- has_migrations --
-- Whether the table of migrations exists.
SELECT to_regclass('migrations') IS NOT NULL;

-- applied_migrations --
-- The migrations that were applied, by number.
SELECT number, sha256 FROM migrations ORDER BY number;

-- insert_migration --
-- Notes that a migration was applied.
INSERT INTO migrations (number, name, sha256) VALUES (%s, %s, %s);

-- insert_log --
-- Names a log when it is first opened. Two logs never share a name, so a default one is generated; it has no character
-- that the name of a signing key may not have.
INSERT INTO logs (tenant, origin)
VALUES (
    %(tenant)s,
    coalesce(
        %(origin)s, 'parley.invalid/' || regexp_replace(%(tenant)s, '[^[:graph:]]|[+]', '-', 'g') || '/' || gen_random_uuid()
    )
)
ON CONFLICT DO NOTHING;

-- log_origin --
-- The name of the tenant's log.
SELECT origin FROM logs WHERE tenant = %(tenant)s;

-- delete_log --
-- Removes a log that holds no events.
DELETE FROM logs WHERE tenant = %(tenant)s;

-- tenants --
-- The tenants whose logs the database holds; as the owner of the tables.
SELECT tenant FROM logs ORDER BY tenant;

-- sees_every_log --
-- Whether this role sees the row of every log: it owns the table, or passes by row-level security.
SELECT NOT row_security_active(oid) OR (
    pg_has_role(relowner, 'USAGE') AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'every_log')
)
FROM pg_class
WHERE oid = 'logs'::regclass;

-- lock_logs --
-- Lets one transaction at a time make a log.
SELECT pg_advisory_xact_lock(hashtextextended('parley logs', 0));

-- logs_of_origin --
-- The tenants whose logs bear the origin that the transaction has named.
SELECT tenant FROM logs WHERE origin = current_setting('parley.origin') LIMIT 2;

-- log_summary --
-- When the tenant's log was begun, its last position and when that was recorded, its signed size, and how many keys it has
-- that were not revoked.
SELECT
    origin, opened_at, coalesce(last.position, 0), last.recorded_at,
    coalesce((SELECT max(size) FROM log_checkpoints WHERE tenant = %(tenant)b), 0),
    (
        SELECT count(*)
        FROM api_keys AS k
        WHERE k.tenant = %(tenant)b
            AND NOT EXISTS (SELECT FROM api_key_revocations AS r WHERE r.tenant = k.tenant AND r.key_id = k.id)
    )
FROM logs
LEFT JOIN LATERAL (
    SELECT position, recorded_at FROM events WHERE tenant = %(tenant)b ORDER BY position DESC LIMIT 1
) AS last ON true
WHERE logs.tenant = %(tenant)b;

-- log_has_work --
-- Whether the tenant's log has events that no checkpoint covers, or active webhooks, to which time alone may cause a message.
SELECT
    EXISTS (SELECT FROM webhooks WHERE tenant = %(tenant)b AND removed_at IS NULL AND active)
    OR coalesce((SELECT max(position) FROM events WHERE tenant = %(tenant)b), 0)
    > coalesce((SELECT max(size) FROM log_checkpoints WHERE tenant = %(tenant)b), 0);

-- tenant_tables --
-- Every table that holds rows of tenants, but for the directory of logs in other databases, with its columns in order;
-- numbers that the table gives by itself left out; and with them.
SELECT
    relname,
    array_agg(attname::text ORDER BY attnum) FILTER (WHERE attidentity = ''),
    array_agg(attname::text ORDER BY attnum)
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname <> 'log_databases'
GROUP BY relname
HAVING bool_or(attname = 'tenant')
ORDER BY relname;

-- log_extent --
-- The name of the tenant's log and its last position; no row where the tenant has no log.
SELECT origin, coalesce((SELECT max(position) FROM events WHERE tenant = logs.tenant), 0)
FROM logs
WHERE tenant = current_setting('parley.tenant');

-- pause_webhooks --
-- Send to no webhook of the log until each is made active again. Their outboxes stay.
UPDATE webhooks SET active = false, disabled_because = %(because)s
WHERE tenant = %(tenant)s AND removed_at IS NULL AND active;

-- copy_out --
-- The rows of one table and tenant, in COPY's text form. A superuser bypasses row-level security, so the tenant is
-- named here too.
COPY (SELECT {columns} FROM {table} WHERE tenant = {tenant} ORDER BY 1, 2) TO STDOUT;

-- restored_table --
-- A table of the session with some columns of another one, for COPY refuses tables with row-level security.
CREATE TEMPORARY TABLE restored ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA;

-- copy_in --
-- Reads rows in COPY's text form into the table of the session.
COPY restored ({columns}) FROM STDIN;

-- restored_of_others --
-- A row if the table of the session holds rows of another tenant.
SELECT FROM restored WHERE tenant <> %(tenant)s LIMIT 1;

-- insert_restored --
-- Moves the rows of the session's table into the record.
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM restored;

-- drop_restored --
-- Drops the table of the session.
DROP TABLE restored;
